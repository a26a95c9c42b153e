# Merges declared users and groups into /etc (upstream: nixos/modules/config/update-users-groups.pl). Ids that were
# given once are remembered in /var/lib/nixos, so that files keep their owners. Sourced by the activation script.

# freeId KIND TAKEN-ARRAY: a system id, counted down from 999 as upstream does, a normal one up from 1000; in $id.
freeId() {
  local -n used=$2
  if [ "$1" = system ]; then
    for ((id = 999; id >= 400; id--)); do [ -n "${used[$id]:-}" ] || return 0; done
  else
    for ((id = 1000; id <= 29999; id++)); do [ -n "${used[$id]:-}" ] || return 0; done
  fi
  echo "no free $1 id is left" >&2
  return 1
}

# replaceFile FILE MODE: its standard input becomes the file at once.
replaceFile() {
  local new="$1.lab-new"
  (umask 077; cat > "$new")
  chmod "$2" "$new"
  mv -f "$new" "$1"
}

updateUsersGroups() {
  local groupsSpec=$1 usersSpec=$2 mutable=$3
  local -A gidMap uidMap gids uids gidUsed uidUsed oldPassword oldDeclared members
  local -A passwdLine shadowLine groupLine
  local -a userOrder groupOrder
  local name gid uid group home shell description kind mode password list rest id line
  mkdir -p /var/lib/nixos
  [ -e /var/lib/nixos/gid-map ] && while IFS=$'\t' read -r name id; do gidMap[$name]=$id; gidUsed[$id]=1; done < /var/lib/nixos/gid-map
  [ -e /var/lib/nixos/uid-map ] && while IFS=$'\t' read -r name id; do uidMap[$name]=$id; uidUsed[$id]=1; done < /var/lib/nixos/uid-map
  [ -e /var/lib/nixos/declarative ] && while IFS=$'\t' read -r kind name; do oldDeclared[$kind:$name]=1; done < /var/lib/nixos/declarative
  while IFS=$'\t' read -r name gid _; do [ "$gid" = - ] || gidUsed[$gid]=1; done < "$groupsSpec"
  while IFS=$'\t' read -r name uid _; do [ "$uid" = - ] || uidUsed[$uid]=1; done < "$usersSpec"

  # What is there now and was not declared stays, unless users are immutable.
  if [ -e /etc/group ]; then
    while IFS=: read -r name rest gid list; do
      [ -n "$name" ] || continue
      [ -n "${gidMap[$name]:-}" ] || gidMap[$name]=$gid
      gidUsed[$gid]=1
      if [ "$mutable" = 1 ] && [ -z "${oldDeclared[group:$name]:-}" ]; then
        groupOrder+=("$name"); groupLine[$name]="$name:x:$gid:$list"
      fi
    done < /etc/group
  fi
  [ -e /etc/shadow ] && while IFS=: read -r name password rest; do oldPassword[$name]=$password; done < /etc/shadow
  if [ -e /etc/passwd ]; then
    while IFS=: read -r name rest uid line; do
      [ -n "$name" ] || continue
      [ -n "${uidMap[$name]:-}" ] || uidMap[$name]=$uid
      uidUsed[$uid]=1
      if [ "$mutable" = 1 ] && [ -z "${oldDeclared[user:$name]:-}" ]; then
        userOrder+=("$name"); passwdLine[$name]="$name:x:$uid:$line"; shadowLine[$name]="$name:${oldPassword[$name]:-!}:1::::::"
      fi
    done < /etc/passwd
  fi

  local declared=""
  while IFS=$'\t' read -r name gid list; do
    [ "$list" = - ] && list=""
    if [ "$gid" = - ]; then
      gid=${gidMap[$name]:-}
      [ -n "$gid" ] || { freeId system gidUsed; gid=$id; }
    fi
    gidUsed[$gid]=1; gids[$name]=$gid; gidMap[$name]=$gid
    [ -n "${groupLine[$name]:-}" ] || groupOrder+=("$name")
    groupLine[$name]="$name:x:$gid:$list"
    declared+=$'group\t'"$name"$'\n'
  done < "$groupsSpec"

  local -a homes
  while IFS=$'\t' read -r name uid group home shell description kind mode password; do
    [ "$description" = - ] && description=""
    if [ "$uid" = - ]; then
      uid=${uidMap[$name]:-}
      [ -n "$uid" ] || { freeId "$kind" uidUsed; uid=$id; }
    fi
    uidUsed[$uid]=1; uidMap[$name]=$uid
    gid=${gids[$group]:-}
    if [ -z "$gid" ]; then echo "warning: user ‘$name’ has unknown group ‘$group’" >&2; gid=65534; fi
    [ -n "${passwdLine[$name]:-}" ] || userOrder+=("$name")
    passwdLine[$name]="$name:x:$uid:$gid:$description:$home:$shell"
    case $password in
      @*) password=$(cat "${password#@}") ;;
      =*) password=${password#=} ;;
      \?*) password=${oldPassword[$name]:-${password#?}} ;;
      *) password="!" ;;
    esac
    # A password that was set on the machine itself stays.
    if [ "$mutable" = 1 ] && [ -n "${oldPassword[$name]:-}" ] && [ "${oldPassword[$name]}" != "!" ]; then password=${oldPassword[$name]}; fi
    shadowLine[$name]="$name:$password:1::::::"
    declared+=$'user\t'"$name"$'\n'
    [ "$mode" = - ] || homes+=("$home"$'\t'"$uid:$gid"$'\t'"$mode")
  done < "$usersSpec"

  for name in "${groupOrder[@]}"; do printf '%s\n' "${groupLine[$name]}"; done | replaceFile /etc/group 0644
  for name in "${userOrder[@]}"; do printf '%s\n' "${passwdLine[$name]}"; done | replaceFile /etc/passwd 0644
  for name in "${userOrder[@]}"; do printf '%s\n' "${shadowLine[$name]}"; done | replaceFile /etc/shadow 0640
  chown 0:"${gids[shadow]:-0}" /etc/shadow
  for name in "${!gidMap[@]}"; do printf '%s\t%s\n' "$name" "${gidMap[$name]}"; done | replaceFile /var/lib/nixos/gid-map 0644
  for name in "${!uidMap[@]}"; do printf '%s\t%s\n' "$name" "${uidMap[$name]}"; done | replaceFile /var/lib/nixos/uid-map 0644
  printf %s "$declared" | replaceFile /var/lib/nixos/declarative 0644
  for line in "${homes[@]}"; do
    IFS=$'\t' read -r home rest mode <<< "$line"
    [ -e "$home" ] || { mkdir -p "$home"; chown "$rest" "$home"; chmod "$mode" "$home"; }
  done
}
