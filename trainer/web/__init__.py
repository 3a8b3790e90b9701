"""The web app: FastAPI parent, one Gradio Blocks per role and language."""
