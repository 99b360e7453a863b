"""Administrators of single domains."""

from __future__ import annotations

import secrets
from typing import Any

from . import administrators
from .call import Call, Report, starred
from .database import Row
from .domain_view import details as domain_details
from .errors import Refused
from .loose import cast_list, each, escaped, filled, given, integer, number, text, trimmed
from .names import is_domain, is_user_name
from .passwords import accepted, hashed
from .requests import Request


def add(call: Call, data: Row) -> None:
    """``add/domain-admin``; says success even when none of the domains is there, and then makes nobody."""
    say = call.report("domain_admin", "add", starred(data))
    with say.refusals():
        name, domains = trimmed(data.get("username")).lower(), cast_list(data.get("domains"))
        if not domains:
            raise Refused("domain_invalid")
        if not is_user_name(name):
            raise Refused("username_invalid", name)
        administrators.check_free(call, name)
        if not accepted(call, data.get("password"), data.get("password2")):
            return
        active = integer(data.get("active"))
        if _insert_domains(say, name, domains, active):
            row = {"username": name, "password": hashed(data["password"]), "superadmin": 0, "active": active}
            call.database.insert("admin", row)
        call.database.insert("da_acl", {"username": name})
        say.success("domain_admin_added", escaped(name))


def _insert_domains(say: Report, name: str, domains: list[Any], active: int) -> int:
    good = 0
    for domain in domains:
        with say.refusals():
            _check_domain(say.call, domain)
            say.call.database.insert("domain_admins", {"username": name, "domain": domain, "active": active})
            good += 1
    return good


def _check_domain(call: Call, domain: Any) -> None:
    if not is_domain(domain) or domain_details(call, domain) is None:
        raise Refused("domain_invalid", escaped(domain))


def edit(call: Call, items: Any, attributes: Row) -> None:
    """``edit/domain-admin``; a bad password ends the call."""
    data = {"username": items, **attributes}
    say = call.report("domain_admin", "edit", starred(data))

    def edit_one(name: Any) -> None:
        now = details(call, name)
        if now is None:
            raise Refused("access_denied")
        active = number(data, "active", now["active"])
        wanted = cast_list(data["domains"]) if given(data, "domains") else []
        domains = wanted or now.get("selected_domains", [])
        new_name = text(filled(data, "username_new", now["username"]))
        for domain in domains:
            _check_domain(call, domain)
        if not is_user_name(new_name) or (new_name != name and details(call, new_name)):
            raise Refused("username_invalid", new_name)
        call.database.delete("domain_admins", "username", name)
        call.database.update("da_acl", {"username": new_name}, "username", name)
        for domain in domains:
            call.database.insert("domain_admins", {"username": new_name, "domain": domain, "active": active})
        administrators.save(call, name, new_name, active, data)
        say.success("domain_admin_modified", escaped(name))

    say.for_each(each(data["username"]), edit_one)


def delete(call: Call, items: Any, _: str) -> None:
    """``delete/domain-admin``."""
    say = call.report("domain_admin", "delete", {"username": items})

    def delete_one(name: Any) -> None:
        if isinstance(name, (list, dict)) or details(call, name) is None:
            raise Refused("username_invalid", name)
        for table in ("domain_admins", "admin", "da_acl", "tfa"):
            call.database.delete(table, "username", name)
        say.success("domain_admin_removed", escaped(name))

    say.for_each(each(items), delete_one)


def read(call: Call, request: Request) -> Any:
    """``get/domain-admin/all|<name>``."""
    if request.part(2) != "all":
        return details(call, request.part(2))
    names = call.database.column(
        "SELECT DISTINCT username FROM domain_admins WHERE username IN"
        " (SELECT username FROM admin WHERE superadmin != '1') ORDER BY username"
    )
    return [details(call, name) for name in names]


def details(call: Call, name: Any) -> Row | None:
    """One domain administrator with the domains that are and are not its own."""
    row = call.database.row(
        "SELECT x.username, x.created, x.active, a.attributes FROM domain_admins x"
        " LEFT JOIN admin a ON a.username = x.username WHERE x.username = %s ORDER BY x.id",
        name,
    )
    if row is None:
        return None
    own = "SELECT domain FROM domain_admins WHERE username = %s"
    chosen = call.database.column(f"SELECT domain FROM domain WHERE domain IN ({own}) ORDER BY domain", name)
    others = call.database.column(f"SELECT domain FROM domain WHERE domain NOT IN ({own}) ORDER BY domain", name)
    selected = {"selected_domains": chosen} if chosen else {}
    return {**administrators.shown(row), **selected, "unselected_domains": others or ""}


def issue_token(call: Call, data: Row) -> Row | None:
    """``add/sso/domain-admin``: a token for one login within 30 seconds."""
    say = call.report("domain_admin_sso", "issue", data)
    with say.refusals():
        name = data.get("username")
        if call.database.row("SELECT username FROM domain_admins WHERE username = %s", name) is None:
            raise Refused("object_doesnt_exist", escaped(name))
        token = "-".join(secrets.token_hex(3).upper() for _ in range(5))
        call.database.insert("da_sso", {"username": name, "token": token})
        return {"token": token}
    return None
