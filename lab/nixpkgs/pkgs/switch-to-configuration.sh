#! @bash@/bin/bash
# Makes a running machine into the one that a system describes, or that system the one to boot next. Stands in for
# nixpkgs' switch-to-configuration-ng and follows what its source does (pkgs/by-name/sw/switch-to-configuration-ng/src,
# main.rs); quotes below are from there. Works on real systemd units.
#
#   switch-to-configuration check | switch | boot | test | dry-activate
#
#   exit 0    done
#   exit 1    refused: usage, no NixOS, a pre-switch check, the boot loader
#   exit 2    the activation script failed (and no unit did)
#   exit 4    a unit could not be started, or any unit of the machine is failed at the end
#   exit 11   another one is at work: "Could not acquire lock", then the errno of the attempt (EAGAIN). Versions up to
#             2025 wait for their turn instead
#   exit 100  the new init is incompatible with the running one: a reboot is needed
#   exit 101  nobody reads what it says any more (a Rust program panics when its standard error is closed)
set -u
shopt -s nullglob extglob
PATH=/run/current-system/sw/bin:/usr/bin:/usr/sbin

# "To be robust against interruption, record what units need to be started etc. We read these files again every time
# this program starts to make sure we continue where the old (interrupted) script left off."
startList=/run/nixos/start-list
restartList=/run/nixos/restart-list
reloadList=/run/nixos/reload-list
# "Parse restart/reload requests by the activation script."
activationRestartList=/run/nixos/activation-restart-list
activationReloadList=/run/nixos/activation-reload-list
dryRestartList=/run/nixos/dry-activation-restart-list
dryReloadList=/run/nixos/dry-activation-reload-list

trap '' PIPE
say() { printf '%s\n' "$*" >&2 2>/dev/null || exit 101; }

usage() {
  say "Usage: ${0##*/} [check|switch|boot|test|dry-activate]
check:        run pre-switch checks and exit
switch:       make the configuration the boot default and activate now
boot:         make the configuration the boot default
test:         activate the configuration, but don't make it the boot default
dry-activate: show what would be done if this configuration were activated"
  exit 1
}

action=${1-}
case $action in check | switch | boot | test | dry-activate) ;; *) usage ;; esac
export NIXOS_ACTION=$action
if [ "$(id -u)" != 0 ]; then
  say "This program does not support being ran outside of the switch-to-configuration environment"
  exit 1
fi

# "This is a NixOS installation if it has /etc/NIXOS or a proper /etc/os-release."
if ! [ -f /etc/NIXOS ] && ! grep -qsE "^ID=\"?$DISTRO_ID\"?\$" /etc/os-release; then
  say "This is not a NixOS installation!"
  exit 1
fi

mkdir -p -m 0755 /run/nixos
exec 9>>/run/nixos/switch-to-configuration.lock
if ! flock --exclusive --nonblock 9; then
  say "Could not acquire lock"
  exit 11
fi

log() { logger --tag nixos --priority "user.$1" -- "$2" 2>/dev/null || true; }

if [ "${NIXOS_NO_CHECK-}" != 1 ] && ! "$PRE_SWITCH_CHECK" "$TOPLEVEL" "$action" 9>&-; then
  say "Pre-switch checks failed"
  exit 1
fi
[ "$action" != check ] || exit 0

# "Install or update the bootloader."
if [ "$action" = switch ] || [ "$action" = boot ]; then
  if ! "$INSTALL_BOOTLOADER" "$TOPLEVEL" 9>&-; then
    say "Failed to install bootloader"
    exit 1
  fi
fi

# "Just in case the new configuration hangs the system, do a sync now."
[ "${NIXOS_NO_SYNC-}" = 1 ] || sync -f /nix/store
[ "$action" != boot ] || exit 0

if ! [ -d /run/current-system/sw/bin/ ]; then
  say "/run/current-system/sw/bin is missing"
  exit 1
fi
if ! cmp -s /run/current-system/init-interface-version "$TOPLEVEL/init-interface-version"; then
  say "Warning: the new NixOS configuration has an ‘init’ that is
incompatible with the current configuration.  The new configuration
won't take effect until you reboot the system."
  exit 100
fi

# ---- lists of units -------------------------------------------------------------------------------------------------

declare -A toStop=() toStart=() toRestart=() toReload=() toSkip=() hidden=()

record() { # LIST UNIT
  if [ "$action" != dry-activate ]; then printf '%s\n' "$2" >> "$1"; fi
}
unrecord() { # LIST UNIT
  if [ "$action" != dry-activate ] && [ -e "$1" ]; then
    local rest
    rest=$(grep -vxF -- "$2" "$1" || true)
    printf '%s\n' "$rest" > "$1"
  fi
}
readList() { # LIST ARRAY
  local -n into=$2
  local unit
  [ -e "$1" ] || return 0
  while read -r unit; do [ -z "$unit" ] || into[$unit]=1; done < "$1"
}
readList $startList toStart
readList $restartList toRestart
readList $reloadList toReload

names() { # ARRAY [ARRAY-OF-THOSE-LEFT-OUT]: sorted by name, separated by ", "
  local -n set=$1
  local -n without=${2:-none}
  local unit list=()
  for unit in "${!set[@]}"; do [ -n "${without[$unit]-}" ] || list+=("$unit"); done
  [ ${#list[@]} != 0 ] || return 0
  printf '%s\n' "${list[@]}" | LC_ALL=C sort -f | { mapfile -t list; printf '%s' "${list[0]}"; [ ${#list[@]} = 1 ] || printf ', %s' "${list[@]:1}"; }
}
declare -A none=()

# "Asks the currently running systemd instance via dbus which units are active."
declare -A activeState=() subState=()
readActive() {
  activeState=() subState=()
  local unit load active sub
  while read -r unit load active sub; do
    case $unit in *.device) continue ;; esac # upstream leaves out units that follow another one
    [ "$active" != inactive ] || continue
    activeState[$unit]=$active
    subState[$unit]=$sub
  done < <(systemctl list-units --all --full --plain --no-legend --no-pager | sed 's/  */ /g' | cut -d ' ' -f 1-4)
}

# ---- unit files -----------------------------------------------------------------------------------------------------

# parseUnit ARRAY FILE BASE-FILE: the settings of a unit with its drop-ins, as "Section/Key" → values, one a line. "If
# a value is empty, it's an override that tells us to clean the value." [Install] is left out.
parseUnit() {
  local -n data=$1
  data=()
  local file line section key value
  local files=("$3" "$3".d/*.conf)
  [ "$2" = "$3" ] || files+=("$2".d/*.conf)
  for file in "${files[@]}"; do
    section=
    while IFS= read -r line || [ -n "$line" ]; do
      while [[ $line == *\\ ]] && IFS= read -r value; do line="${line%\\}$value"; done
      case $line in
        '' | '#'* | ';'*) ;;
        '['*']') section=${line#[} section=${section%]} ;;
        *=*)
          [ "$section" != Install ] || continue
          key=${line%%=*} value=${line#*=}
          key="$section/${key%%+([[:space:]])}" value=${value##+([[:space:]])}
          if [ -z "$value" ]; then data[$key]=; else data[$key]+="$value"$'\n'; fi
          ;;
      esac
    done < "$file"
  done
}

# isTrue ARRAY Section/Key DEFAULT
isTrue() {
  local -n data=$1
  local value=${data[$2]-}
  [ -n "$value" ] || { [ "$3" = true ]; return; }
  value=${value%$'\n'}
  case ${value##*$'\n'} in 1 | yes | true | on) return 0 ;; *) return 1 ;; esac
}

# compareUnits OLD NEW: sets $difference to equal, restart or reload. "If the units differ, the service is restarted
# unless the only difference is X-Reload-Triggers in the Unit section. […] If the only difference is Options in the
# [Mount] section, the unit is reloaded rather than restarted."
ignored=" Unit/Description Unit/Documentation Unit/OnFailure Unit/OnSuccess Unit/OnFailureJobMode Unit/IgnoreOnIsolate Unit/StopWhenUnneeded Unit/RefuseManualStart Unit/RefuseManualStop Unit/AllowIsolate Unit/CollectMode Unit/SourcePath "
compareUnits() {
  local -n before=$1 after=$2
  local key
  difference=equal
  for key in "${!before[@]}" "${!after[@]}"; do
    [[ -n ${before[$key]+there} && -n ${after[$key]+there} && ${before[$key]} == "${after[$key]}" ]] && continue
    case $key in
      Unit/X-Reload-Triggers) [ -z "${after[$key]+there}" ] || difference=reload ;;
      Mount/Options)
        if [[ -n ${before[$key]+there} && -n ${after[$key]+there} ]]; then difference=reload; else difference=restart; return; fi
        ;;
      *) [[ $ignored == *" $key "* ]] || { difference=restart; return; } ;;
    esac
  done
}

# baseOf FILE-FOLDER…: for an instance without a file of its own, its template; sets $base (name).
baseOf() {
  base=$1
  if [[ $1 =~ ^(.*)@[^.]*\.(.*)$ ]] && ! [ -e "/etc/systemd/system/$1" ] && ! [ -e "$TOPLEVEL/etc/systemd/system/$1" ]; then
    base="${BASH_REMATCH[1]}@.${BASH_REMATCH[2]}"
  fi
}

# "Called when a unit exists in both the old systemd and the new system and the units differ. This figures out of what
# units are to be stopped, restarted, reloaded, started, and skipped."
# modified UNIT BASE NEW-ARRAY by-activation|by-comparison
modified() {
  local unit=$1 base=$2 how=$4 socket sockets socketActivated=
  local -n new=$3
  case $unit in
    # "Do nothing.  These cannot be restarted directly." "Slices and Paths don't have to be restarted."
    sysinit.target | basic.target | multi-user.target | graphical.target | *.path | *.slice) return ;;
    *.mount)
      # "The only exception is / and /nix because it's very unlikely we can safely unmount them."
      if [ "$unit" = -.mount ] || [ "$unit" = nix.mount ]; then toReload[$unit]=1 && record $reloadList "$unit"
      else toRestart[$unit]=1 && record $restartList "$unit"; fi
      return
      ;;
    *.socket) return ;; # "FIXME: do something?"
  esac
  if isTrue new Service/X-ReloadIfChanged false && [ -z "${toRestart[$unit]-}" ] && [ -z "${toStop[$unit]-}" ]; then
    toReload[$unit]=1
    record $reloadList "$unit"
  elif ! isTrue new Service/X-RestartIfChanged true || isTrue new Unit/RefuseManualStop false || isTrue new Unit/X-OnlyManualStart false; then
    toSkip[$unit]=1
  # "It doesn't make sense to stop and start non-services because they can't have ExecStop="
  elif ! isTrue new Service/X-StopIfChanged true || [[ $unit != *.service ]]; then
    toRestart[$unit]=1
    record $restartList "$unit"
    forgetReload "$unit"
  else
    # "If this unit is socket-activated, then stop the socket unit(s) as well, and restart the socket(s) instead of
    # the service."
    sockets=${new[Service/Sockets]-}
    [ -n "$sockets" ] || sockets=${base%.*}.socket
    for socket in $sockets; do
      [ -n "${activeState[$socket]-}" ] || continue
      if [ "$how" = by-activation ]; then toRestart[$socket]=1; else toStop[$socket]=1; fi
      if [ -e "$TOPLEVEL/etc/systemd/system/$socket" ]; then
        if [ "$how" = by-activation ]; then record $restartList "$socket"; else toStart[$socket]=1; record $startList "$socket"; fi
        socketActivated=1
      fi
      forgetReload "$unit"
    done
    if [ "$how" = by-activation ]; then
      toRestart[$unit]=1
      [ -n "$socketActivated" ] || record $restartList "$unit"
    else
      # "We write this to a file to ensure that the service gets restarted if we're interrupted."
      [ -n "$socketActivated" ] || { toStart[$unit]=1; record $startList "$unit"; }
      toStop[$unit]=1
    fi
    forgetReload "$unit"
  fi
}
forgetReload() { # "Remove from units to reload so we don't restart and reload"
  if [ -n "${toReload[$1]-}" ]; then unset "toReload[$1]"; unrecord $reloadList "$1"; fi
}

# ---- what is to be done ---------------------------------------------------------------------------------------------

# A version of 2024 waited here until the system had finished booting, which never came to an end for a caller that was
# itself part of the boot; the later one does not wait.
readActive
declare -A activeBefore=() oldUnit=() newUnit=()
for unit in "${!activeState[@]}"; do activeBefore[$unit]=1; done

for unit in "${!activeState[@]}"; do
  baseOf "$unit"
  old=/etc/systemd/system/$base new=$TOPLEVEL/etc/systemd/system/$base
  [ -e "$old" ] || continue
  case ${activeState[$unit]} in active | activating) ;; *) continue ;; esac
  if ! [ -e "$new" ] || [ "$new" -ef /dev/null ]; then
    parseUnit oldUnit "/etc/systemd/system/$unit" "$old"
    if isTrue oldUnit Unit/X-StopOnRemoval true; then toStop[$unit]=1; fi
  elif [[ $unit == *.target ]]; then
    parseUnit newUnit "$TOPLEVEL/etc/systemd/system/$unit" "$new"
    # "Cause all active target units to be restarted below. This should start most changed units we stop here as well
    # as any new dependencies."
    case $unit in
      suspend.target | hibernate.target | hybrid-sleep.target) ;;
      *)
        if ! isTrue newUnit Unit/RefuseManualStart false && ! isTrue newUnit Unit/X-OnlyManualStart false; then
          toStart[$unit]=1
          record $startList "$unit"
          # "Don't spam the user with target units that always get started."
          [ "${STC_DISPLAY_ALL_UNITS-}" = 1 ] || hidden[$unit]=1
        fi
        ;;
    esac
    if isTrue newUnit Unit/X-StopOnReconfiguration false; then toStop[$unit]=1; fi
  else
    # The same file, or one with the same text, needs no parsing (drop-ins apart).
    if [ -z "$(echo "$old".d/*.conf "$new".d/*.conf)" ] && { [ "$old" -ef "$new" ] || [ "$(< "$old")" = "$(< "$new")" ]; }; then continue; fi
    parseUnit oldUnit "/etc/systemd/system/$unit" "$old"
    parseUnit newUnit "$TOPLEVEL/etc/systemd/system/$unit" "$new"
    compareUnits oldUnit newUnit
    if [ $difference = restart ]; then
      modified "$unit" "$base" newUnit by-comparison
    elif [ $difference = reload ] && [ -z "${toRestart[$unit]-}" ]; then
      toReload[$unit]=1
      record $reloadList "$unit"
    fi
  fi
done

# "Compare the previous and new fstab to figure out which filesystems need a remount or need to be unmounted. New
# filesystems are mounted automatically by starting local-fs.target."
readFstab() { # FILE ARRAY: mount point → device type options
  local -n into=$2
  local device point type options
  [ -e "$1" ] || return 0
  while read -r device point type options _; do
    case $device in '' | *'#'*) continue ;; esac
    [ "$type" = swap ] || into[$point]="$device $type $options"
  done < "$1"
}
declare -A oldMounts=() newMounts=()
readFstab /etc/fstab oldMounts
readFstab "$TOPLEVEL/etc/fstab" newMounts
for point in "${!oldMounts[@]}"; do
  before=${oldMounts[$point]} after=${newMounts[$point]-}
  [ "$before" != "$after" ] || continue
  unit=$(systemd-escape --suffix=mount -p "$point")
  if [ -z "$after" ]; then
    toStop[$unit]=1
  elif [ "${before% *}" != "${after% *}" ]; then
    if [ "$point" = / ] || [ "$point" = /nix ]; then
      # "Don't unmount / or /nix if the device changed"
      if [ "${before##* }" != "${after##* }" ]; then toReload[$unit]=1 && record $reloadList "$unit"; else toSkip[$unit]=1; fi
    else
      toRestart[$unit]=1
      record $restartList "$unit"
    fi
  else
    # "Mount options changes, so remount it."
    toReload[$unit]=1
    record $reloadList "$unit"
  fi
done

# "Should we have systemd re-exec itself?"
reexecute=
[ /proc/1/exe -ef "$SYSTEMD/lib/systemd/systemd" ] && [ "$(readlink -f /etc/systemd/system.conf)" = "$(readlink -f "$TOPLEVEL/etc/systemd/system.conf")" ] || reexecute=1

# requested LIST: units that the activation script wants restarted
requested() {
  [ -e "$1" ] || return 0
  while read -r unit; do
    [ -n "$unit" ] || continue
    baseOf "$unit"
    # "Start units if they were not active previously"
    if [ -z "${activeBefore[$unit]-}" ]; then
      toStart[$unit]=1
      record $startList "$unit"
      continue
    fi
    parseUnit newUnit "$TOPLEVEL/etc/systemd/system/$unit" "$TOPLEVEL/etc/systemd/system/$base"
    modified "$unit" "$base" newUnit by-activation
  done < "$1"
  rm -f "$1"
}
requestedReloads() {
  [ -e "$1" ] || return 0
  while read -r unit; do
    if [ -n "${activeBefore[$unit]-}" ] && [ -z "${toRestart[$unit]-}" ] && [ -z "${toStop[$unit]-}" ]; then
      toReload[$unit]=1
      record $reloadList "$unit"
    fi
  done < "$1"
  rm -f "$1"
}

shown() { # TEXT ARRAY [LEFT-OUT]
  local list
  list=$(names "$2" "${3:-none}")
  if [ -n "$list" ]; then say "$1: $list"; fi
}

if [ "$action" = dry-activate ]; then
  shown "would stop the following units" toStop hidden
  shown "would NOT stop the following changed units" toSkip
  say "would activate the configuration..."
  "$OUT/dry-activate" "$OUT" 9>&-
  requested $dryRestartList
  requestedReloads $dryReloadList
  [ -z "$reexecute" ] || say "would restart systemd"
  shown "would reload the following units" toReload
  shown "would restart the following units" toRestart
  shown "would start the following units" toStart hidden
  exit 0
fi

# ---- and is done ----------------------------------------------------------------------------------------------------

code=0
log info "switching to system configuration $TOPLEVEL"

# job VERB UNIT…: has systemd do it to all at once and waits for the end of every job.
job() {
  local verb=$1 output line
  shift
  output=$(systemctl "$verb" --no-ask-password -- "$@" 2>&1) && return 0
  while IFS= read -r line; do
    case $line in
      "Job for "* | "A dependency job for "*) line=${line#A dependency job for } line=${line#Job for }; say "Failed to $verb ${line%% *}" ;;
      "See "* | "Failed to $verb "*" not loaded."*) [ "$verb" = stop ] || say "$line" ;;
      *) say "$line" ;;
    esac
  done <<< "$output"
  return 1
}

if [ ${#toStop[@]} != 0 ]; then
  shown "stopping the following units" toStop hidden
  job stop "${!toStop[@]}" || true
fi
shown "NOT restarting the following changed units" toSkip

# "Activate the new configuration (i.e., update /etc, make accounts, and so on)."
say "activating the configuration..."
if [ -e "$OUT/activate" ] && ! "$OUT/activate" "$OUT" 9>&-; then
  say "Failed to run activate script"
  code=2
fi
requested $activationRestartList
requestedReloads $activationReloadList

if [ -n "$reexecute" ]; then
  say "restarting systemd..."
  systemctl daemon-reexec
fi
# "Forget about previously failed services."
systemctl reset-failed
# "Make systemd reload its units."
systemctl daemon-reload

# "This target only exists to restart services ordered before sysinit.target."
say "restarting sysinit-reactivation.target"
job restart sysinit-reactivation.target || code=4

# "Before reloading we need to ensure that the units are still active. They may have been deactivated because one of
# their requirements got stopped. If they are inactive but should have been reloaded, the user probably expects them to
# be started."
for unit in "${!toReload[@]}"; do
  case $(systemctl is-active "$unit") in
    active | activating | reloading) ;;
    *)
      baseOf "$unit"
      parseUnit newUnit "$TOPLEVEL/etc/systemd/system/$unit" "$TOPLEVEL/etc/systemd/system/$base"
      if ! isTrue newUnit Unit/RefuseManualStart false; then toStart[$unit]=1; record $startList "$unit"; fi
      forgetReload "$unit"
      ;;
  esac
done
if [ ${#toReload[@]} != 0 ]; then
  shown "reloading the following units" toReload
  job reload "${!toReload[@]}" || code=4
fi
rm -f $reloadList

# "Restart changed services (those that have to be restarted rather than stopped and started)."
if [ ${#toRestart[@]} != 0 ]; then
  shown "restarting the following units" toRestart
  job restart "${!toRestart[@]}" || code=4
fi
rm -f $restartList

# "Start all active targets, as well as changed units we stopped above."
shown "starting the following units" toStart hidden
if [ ${#toStart[@]} != 0 ]; then job start "${!toStart[@]}" || code=4; fi
rm -f $startList

# "Wait for events from systemd to settle."
sleep 0.25
readActive
declare -A failedUnits=() newUnits=()
for unit in "${!activeState[@]}"; do
  if [ "${activeState[$unit]}" = failed ]; then
    failedUnits[$unit]=1
  # "A unit in auto-restart substate is a failure *if* it previously failed to start"
  elif [ "${subState[$unit]}" = auto-restart ] && [[ $unit == *.service ]] && [ "$(systemctl show --value --property ExecMainStatus "$unit")" != 0 ]; then
    failedUnits[$unit]=1
  elif [ -z "${activeBefore[$unit]-}" ] && [[ $unit != *.scope ]]; then
    newUnits[$unit]=1
  fi
done
shown "the following new units were started" newUnits
if [ ${#failedUnits[@]} != 0 ]; then
  shown "warning: the following units failed" failedUnits
  systemctl status --no-pager --full "${!failedUnits[@]}" >&2
  code=4
fi
if [ $code = 0 ]; then
  log info "finished switching to system configuration $TOPLEVEL"
else
  log err "switching to system configuration $TOPLEVEL failed (status $code)"
fi
exit $code
