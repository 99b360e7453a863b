"""Routes that write. A route with objects below it is a mapping, with ``""`` for the route itself."""

from __future__ import annotations

from typing import Any

from . import (
    administrators,
    alias,
    alias_domain,
    alias_edit,
    app_passwords,
    cors,
    dkim,
    domain,
    domain_administrators,
    domain_delete,
    domain_footer,
    fail2ban,
    mailbox_add,
    mailbox_delete,
    mailbox_edit,
    mailbox_options,
    passwords,
    ratelimit,
    rights,
    spam_score,
    tags,
    templates,
    time_limited_alias,
)  # fmt: skip
from .call import Call
from .errors import NotBuilt


def _not_built(call: Call, *arguments: Any) -> None:
    raise NotBuilt


def _missing(*names: str) -> dict[str, Any]:
    return dict.fromkeys(names, _not_built)


ADDERS: dict[str, Any] = {
    "admin": administrators.add,
    "alias": alias.add,
    "alias-domain": alias_domain.add,
    "app-passwd": app_passwords.add,
    "dkim": dkim.add,
    "dkim_duplicate": dkim.duplicate,
    "dkim_import": dkim.import_key,
    "domain": {"": domain.add, "template": templates.add_domain},
    "domain-admin": domain_administrators.add,
    "mailbox": {"": mailbox_add.add, "template": templates.add_mailbox},
    "sso": {"": _not_built, "domain-admin": domain_administrators.issue_token},
    "time_limited_alias": time_limited_alias.add,
    **_missing(
        "bcc", "domain-policy", "filter", "fwdhost", "global-filter", "mailbox-policy", "mta-sts", "oauth2-client",
        "recipient_map", "relayhost", "resource", "rsetting", "syncjob", "tls-policy-map", "transport",
    ),
}  # fmt: skip

EDITORS: dict[str, Any] = {
    "admin": administrators.edit,
    "alias": alias_edit.edit,
    "alias-domain": alias_domain.edit,
    "app-passwd": app_passwords.edit,
    "cors": cors.edit,
    "da-acl": rights.edit_domain_administrator,
    "delimiter_action": mailbox_options.edit_delimiter_action,
    "domain": {"": domain.edit, "footer": domain_footer.edit, "template": _not_built},
    "domain-admin": domain_administrators.edit,
    "fail2ban": fail2ban.edit,
    "mailbox": {
        "": mailbox_edit.edit,
        "custom-attribute": mailbox_options.edit_custom_attributes,
        "template": _not_built,
    },
    "passwordpolicy": passwords.edit_policy,
    "pushover": mailbox_options.edit_pushover,
    "quarantine_category": mailbox_options.edit_quarantine_category,
    "quarantine_notification": mailbox_options.edit_quarantine_notification,
    "rename-mbox": mailbox_edit.rename,
    "rl-domain": ratelimit.edit_domain,
    "rl-mbox": ratelimit.edit_mailbox,
    "spam-score": spam_score.edit,
    "time_limited_alias": time_limited_alias.edit,
    "tls_policy": mailbox_options.edit_tls_policy,
    "user-acl": rights.edit_user,
    **_missing(
        "app_links", "bcc", "custom_login", "filter", "fwdhost", "identity-provider", "identity-provider-test",
        "ip_check", "mailq", "mta-sts", "oauth2-client", "pushover-test", "qitem", "quarantine", "quota_notification",
        "quota_notification_bcc", "recipient_map", "relayhost", "reset-password-notification", "resource", "rsetting",
        "rspamd-map", "self", "syncjob", "tls-policy-map", "transport", "ui_texts",
    ),
}  # fmt: skip

DELETERS: dict[str, Any] = {
    "admin": administrators.delete,
    "alias": alias.delete,
    "alias-domain": alias_domain.delete,
    "app-passwd": app_passwords.delete,
    "dkim": dkim.delete,
    "domain": {"": domain_delete.delete, "tag": tags.delete_from_domain, "template": templates.delete_domain},
    "domain-admin": domain_administrators.delete,
    "mailbox": {"": mailbox_delete.delete, "tag": tags.delete_from_mailbox, "template": templates.delete_mailbox},
    "time_limited_alias": time_limited_alias.delete,
    **_missing(
        "bcc", "domain-policy", "eas_cache", "filter", "fwdhost", "identity-provider", "mailbox-policy", "mailq",
        "oauth2-client", "qitem", "recipient_map", "relayhost", "resource", "rlhash", "rsetting", "sogo_profile",
        "syncjob", "tls-policy-map", "transport",
    ),
}  # fmt: skip
