"""Requests to devices on BOSH, through Prosody: see over_bosh.py."""
from over_bosh import *  # noqa: F401,F403  the tests
from over_bosh import FRONTS, labs

lab = labs("prosody", "direct", "squid-basic", "tinyproxy", *FRONTS)
