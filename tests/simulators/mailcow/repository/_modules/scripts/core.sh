#!/usr/bin/env bash
# Sourced by the scripts of this repository; does nothing by itself.

# Every program that the scripts call, or exit 1.
get_installed_tools() {
  local tool
  for tool in openssl curl docker git awk sha1sum grep cut jq; do
    if ! command -v "$tool" >/dev/null; then
      echo "Error: Cannot find command '$tool'. Cannot proceed."
      echo "Solution: install what is missing, then run the script again."
      exit 1
    fi
  done
}

# docker_version: the engine's major version; empty when no engine answers.
get_docker_version() {
  docker_version=$(docker version --format '{{.Server.Version}}' | cut -d '.' -f 1)
}
