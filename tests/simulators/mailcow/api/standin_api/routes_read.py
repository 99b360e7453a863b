"""Routes that read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import (
    administrators,
    alias_domain,
    alias_view,
    app_passwords,
    dkim,
    domain_administrators,
    domain_view,
    fail2ban,
    last_login,
    logs,
    mailbox_view,
    passwords,
    ratelimit,
    spam_score,
    status,
    time_limited_alias,
)  # fmt: skip
from .answers import Answer
from .call import Call
from .errors import NotBuilt
from .requests import Request

Reader = Callable[[Call, Request], Any]


def _password_policy(call: Call, request: Request) -> Any:
    return passwords.policy_html(call) if request.part(2) == "html" else passwords.policy(call)


def _never_filled(call: Call, request: Request) -> Any:
    """A family that the stand-in cannot fill: its list is empty, anything else is missing here."""
    if request.part(2) not in ("all", ""):
        raise NotBuilt
    return None


def _empty_list(call: Call, request: Request) -> Answer:
    return Answer(body="[]") if request.part(2) == "all" else Answer()


def _quarantine(call: Call, request: Request) -> Answer:
    return Answer(body="[]")


def _only_texts(call: Call, request: Request) -> Answer:
    """Texts that upstream ships; the stand-in has none of them, but an unknown name is an empty answer in both."""
    if request.part(2) in ("all", "prefilter", "postfilter", "rspamd", "sieve"):
        raise NotBuilt
    return Answer()


def _nothing(call: Call, request: Request) -> Any:
    return None


def _identity_provider(call: Call, request: Request) -> Any:
    return {"login_provisioning": 1}


READERS: dict[str, Reader] = {
    "admin": administrators.read,
    "alias": alias_view.read,
    "alias-domain": alias_domain.read,
    "app-passwd": app_passwords.read,
    "bcc-destination-options": _nothing,
    "dkim": dkim.read,
    "domain": domain_view.read,
    "domain-admin": domain_administrators.read,
    "fail2ban": fail2ban.read,
    "global_filters": _only_texts,
    "identity-provider": _identity_provider,
    "last-login": last_login.read,
    "logs": logs.read,
    "mailbox": mailbox_view.read,
    "mailq": _empty_list,
    "passwordpolicy": _password_policy,
    "presets": _only_texts,
    "quarantine": _quarantine,
    "reset-last-login": last_login.reset,
    "rl-domain": ratelimit.read_domains,
    "rl-mbox": ratelimit.read_mailboxes,
    "rspamd": status.read_spam_actions,
    "spam-score": spam_score.read,
    "status": status.read,
    "time_limited_aliases": time_limited_alias.read,
    **dict.fromkeys(("policy_wl_domain", "policy_bl_domain", "policy_wl_mailbox", "policy_bl_mailbox"), _nothing),
    **dict.fromkeys(
        (
            "bcc", "filters", "fwdhost", "oauth2-client", "recipient_map", "relayhost", "resource", "rsetting", "syncjobs",
            "tls-policy-map", "transport",
        ),
        _never_filled,
    ),
}  # fmt: skip

SEARCHES: dict[str, Callable[[Call, dict[str, Any]], Any]] = {
    "domain": domain_view.find,
    "mailbox": mailbox_view.find,
}
