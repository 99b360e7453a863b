"""The edge on the operator's machine: each module is named for what it talks to."""
