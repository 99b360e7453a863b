"""Programs that run on hosts, shipped as one zipapp. Standard library only, Python 3.10 or newer."""
