# What deploy files may do: keep the secrets of servers and mailboxes.
path "secret/data/mail/*" {
  capabilities = ["create", "read", "update"]
}
path "secret/metadata/mail/*" {
  capabilities = ["read", "list", "delete"]
}
