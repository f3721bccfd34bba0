"""Verifies the envelope of a bundle with a key, by Sigstore's package for Python, and prints the statement.

The package reads bundles with certificates only, so the envelope is taken out of the bundle here.
"""

import json
import sys

from cryptography.hazmat.primitives.serialization import load_pem_public_key
from sigstore.dsse import Envelope, Statement, _verify

bundle, key = sys.argv[1:]
with open(bundle) as file:
    envelope = Envelope._from_json(json.dumps(json.load(file)["dsseEnvelope"]))
with open(key, "rb") as file:
    payload = _verify(load_pem_public_key(file.read()), envelope)
Statement(payload)
sys.stdout.buffer.write(payload)
