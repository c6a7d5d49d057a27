#!/usr/bin/env bash
# Sees to it that the named tools are there: installs what is missing where it may, else says what to install.
#   ops/setup.sh python            what `make demo` needs
#   ops/setup.sh java maven        what `make kafka` needs besides
#   ops/setup.sh                   everything, which is what `make test` needs
set -euo pipefail

readonly ALL=(python java maven kcat promtool alertmanager chromium)
readonly PYTHON="${PYTHON:-python3}"
readonly POLICY=/usr/sbin/policy-rc.d

has_python() { # a Debian python without python3-venv has venv, but no ensurepip
  "$PYTHON" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

has_java() {
  local version
  version="$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p;T;q')" || return 1
  [[ -n "$version" && "$version" -ge 17 ]]
}

has_maven() { command -v mvn >/dev/null; }
has_kcat() { command -v kcat >/dev/null; }
has_promtool() { command -v promtool >/dev/null; }
has_alertmanager() { command -v prometheus-alertmanager >/dev/null || command -v alertmanager >/dev/null; }
has_chromium() { command -v chromium >/dev/null; }

what_is() {
  case "$1" in
    python) echo "Python 3.11 or newer with its venv module (as $PYTHON)" ;;
    java) echo "Java 17 or newer (runs the test broker)" ;;
    maven) echo "Maven (fetches the test broker)" ;;
    kcat) echo "kcat (a Kafka client other than ours, for the tests)" ;;
    promtool) echo "promtool (checks metrics and Prometheus configuration)" ;;
    alertmanager) echo "Alertmanager (takes alerts, in the tests)" ;;
    chromium) echo "Chromium (opens the pages, in the tests)" ;;
  esac
}

# apt-cache show also succeeds for a name that other packages mention and no release has
offered() { [[ "$(apt-cache policy "$1" 2>/dev/null)" == *"Candidate: "[0-9]* ]]; }

packages_for() {
  case "$1" in
    python) echo "python3 python3-venv" ;;
    java)
      local name
      for name in openjdk-17-jre-headless openjdk-21-jre-headless openjdk-25-jre-headless; do
        if offered "$name"; then
          echo "$name"
          return
        fi
      done
      echo default-jre-headless
      ;;
    maven) echo maven ;;
    kcat) echo kcat ;;
    promtool) echo prometheus ;;
    alertmanager) echo prometheus-alertmanager ;;
    chromium) echo chromium ;;
  esac
}

missing_of() {
  local tool
  for tool in "$@"; do "has_$tool" || echo "$tool"; done
}

may_install() {
  command -v apt-get >/dev/null && { [[ "$(id -u)" -eq 0 ]] || sudo -n true 2>/dev/null; }
}

as_root() {
  if [[ "$(id -u)" -eq 0 ]]; then "$@"; else sudo -n "$@"; fi
}

# apt starts the services that a package brings; the tests need promtool, not a Prometheus on port 9090
hold_services_back() {
  [[ -e "$POLICY" ]] && return
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$POLICY" >/dev/null
  as_root chmod 755 "$POLICY"
  trap 'as_root rm -f "$POLICY"' EXIT
}

install_packages() {
  hold_services_back
  as_root apt-get update -qq
  local tool names packages=()
  for tool in "$@"; do
    read -ra names <<<"$(packages_for "$tool")" # after the update: it asks what the release offers
    packages+=("${names[@]}")
  done
  echo "    apt-get install ${packages[*]}"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
  if command -v systemctl >/dev/null; then # nor are they to come with the next boot
    [[ " $* " != *" promtool "* ]] || as_root systemctl disable --now prometheus >/dev/null 2>&1 || true
    [[ " $* " != *" alertmanager "* ]] || as_root systemctl disable --now prometheus-alertmanager >/dev/null 2>&1 || true
  fi
}

refuse() {
  local tool packages=()
  echo "Missing on this machine:" >&2
  for tool in "$@"; do
    echo "  - $(what_is "$tool")" >&2
    packages+=("$(packages_for "$tool")")
  done
  echo "Install them and try again. On Debian or Ubuntu:" >&2
  echo "  sudo apt-get install --no-install-recommends ${packages[*]}" >&2
  exit 1
}

main() {
  local tool missing wanted=("$@")
  [[ $# -gt 0 ]] || wanted=("${ALL[@]}")
  for tool in "${wanted[@]}"; do
    if [[ " ${ALL[*]} " != *" $tool "* ]]; then
      echo "ops/setup.sh: no tool is called '$tool'; there are: ${ALL[*]}" >&2
      exit 2
    fi
  done
  mapfile -t missing < <(missing_of "${wanted[@]}")
  [[ ${#missing[@]} -eq 0 ]] && return
  may_install || refuse "${missing[@]}"
  echo "==> Installing what is missing: ${missing[*]}"
  install_packages "${missing[@]}"
  mapfile -t missing < <(missing_of "${missing[@]}")
  [[ ${#missing[@]} -eq 0 ]] || refuse "${missing[@]}"
}

main "$@"
