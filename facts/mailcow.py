"""Mailcow on its host. By hand: ``pyinfra inventories/docker.py fact facts.mailcow.Containers``."""

from __future__ import annotations

from facts.remote import RemoteFact


class Preflight(RemoteFact):
    """``findings``: what keeps this host from carrying Mailcow, each with object, expected, seen and next."""

    verb = "mailcow_preflight"


class Source(RemoteFact):
    """Which release of Mailcow's own files is checked out in ``directory``, and whether it is ``tag`` of ``repository``."""

    verb = "mailcow_source"


class Configuration(RemoteFact):
    """mailcow.conf in ``directory``: values of ``public`` keys, digests of ``secret`` ones, whether the database exists."""

    verb = "mailcow_configuration"


class Stack(RemoteFact):
    """In what the running containers differ from the files in ``directory``, and what they need."""

    verb = "mailcow_stack"


class Answers(RemoteFact):
    """``findings``: ports and API that do not answer; ``certificates``: the SHA-256 of what is served on each TLS port."""

    verb = "mailcow_answers"


class Administration(RemoteFact):
    """Digest of the administrator's password that is in force, and Mailcow's own ban settings."""

    verb = "mailcow_admin"


class Containers(RemoteFact):
    """State, health, image, start and restarts of every container of Mailcow, by service."""

    verb = "mailcow_containers"


class Version(RemoteFact):
    """``tag`` and ``commit`` of the files on the host."""

    verb = "mailcow_version"


class ApiReady(RemoteFact):
    """Whether Mailcow's API answers, with its version or the reason."""

    verb = "mailcow_ready"


class People(RemoteFact):
    """All ``domains``, and ``mailboxes`` and ``aliases`` of the named domains, in one command."""

    verb = "mailcow_people"


class Domains(RemoteFact):
    """``rows``: Mailcow's domains by name, sizes in bytes."""

    verb = "mailcow_domains"


class Mailboxes(RemoteFact):
    """``rows``: mailboxes by address, sizes in bytes; only those of ``domains`` when it is given. Never a password."""

    verb = "mailcow_mailboxes"


class Aliases(RemoteFact):
    """``rows``: aliases by address; only those of ``domains`` when it is given."""

    verb = "mailcow_aliases"
