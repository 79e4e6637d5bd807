"""Settings of the hub, from the environment."""

import os

HF_HUB_OFFLINE = os.environ.get("HF_HUB_OFFLINE") == "1"
