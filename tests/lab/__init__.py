"""What test hosts find in their network instead of the Internet: registry, git server, a mail server outside, names.

authority    the certificate authority that the hosts are made to trust
server       one container of the lab, made again when what it was made from has changed
registry     images under the names of the public registries
repository   the git server with the Mailcow stand-in's repository
outside      a mail server of somebody else, and what it has received
lab          all of it: up, down, status, trust
"""
