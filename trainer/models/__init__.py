"""Language models behind one small face: asked, streamed, recorded, replayed. LangChain and openai live here alone."""
