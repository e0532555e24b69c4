"""Where photos lie (`store.py` says how: a folder or S3) and who reads them as pictures (`decoding.py`)."""
