"""The people: mail_list.yml -> Mailcow and Vault. Nothing is removed."""

from deploys.people import present as people

people()
