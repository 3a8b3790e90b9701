"""The web app: FastAPI parent, one Gradio Blocks per role and language; here, what Gradio must know first."""

import atexit
import os
import shutil
import tempfile

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["GRADIO_RUN_HISTORY"] = "False"
os.environ["GRADIO_TEMP_DIR"] = UPLOADS = tempfile.mkdtemp(prefix="zvonok-")
atexit.register(shutil.rmtree, UPLOADS, ignore_errors=True)
