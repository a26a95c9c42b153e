# Makes /etc agree with the tree of a system (upstream: nixos/modules/system/etc/setup-etc.pl): links through
# /etc/static, copies where a mode is given; what an earlier system put there and this one does not is removed;
# nothing else in /etc is touched. Sourced by the activation script.
setupEtc() {
  local tree=$1 mode user group target name
  local -A copies=() links=()
  local -a kinds=() users=() groups=() targets=()
  ln -sfn "$tree/etc" /etc/.static.new
  mv -T /etc/.static.new /etc/static

  while IFS=$'\t' read -r mode user group target; do
    kinds+=("$mode"); users+=("$user"); groups+=("$group"); targets+=("$target")
  done < "$tree/manifest"

  # What is missing, all at once: folders as folders, everything else as a link to its name in /etc/static.
  cp -rsn /etc/static/. /etc/ 2>/dev/null || true
  while IFS=$'\t' read -r -d '' name target; do links[$name]=$target; done \
    < <(find /etc -xdev -type l -printf '%p\t%l\0')

  for i in "${!targets[@]}"; do
    target=${targets[i]} name=/etc/${targets[i]}
    if [ "${kinds[i]}" = symlink ]; then
      [ "${links[$name]:-}" != "/etc/static/$target" ] || continue
      if [ -d "$name" ] && [ ! -L "$name" ]; then
        echo "warning: $name is a folder and not replaced by a link" >&2
        continue
      fi
      ln -sfn "/etc/static/$target" "/etc/.$$.new"
      mv -fT "/etc/.$$.new" "$name"
    elif [ "${kinds[i]}" = direct-symlink ]; then
      ln -sfn "$(readlink "/etc/static/$target")" "$name"
    else
      copies[$target]=1
      if [ ! -L "$name" ] && cmp -s "$name" "/etc/static/$target"; then continue; fi
      install -m "${kinds[i]}" -o "${users[i]#+}" -g "${groups[i]#+}" "/etc/static/$target" "/etc/.$$.new"
      mv -fT "/etc/.$$.new" "$name"
    fi
  done

  # A link may well lead to what is not there yet, such as /run/systemd/resolve: in the tree it is all the same.
  for name in "${!links[@]}"; do
    target=${links[$name]}
    case $target in
      /etc/static/*) [ -e "$target" ] || [ -L "$target" ] || rm -f "$name" ;;
    esac
  done
  if [ -e /etc/.clean ]; then
    while read -r name; do
      if [ -z "${copies[$name]:-}" ] && [ ! -L "/etc/$name" ]; then
        echo "removing obsolete file ‘/etc/$name’..." >&2
        rm -f "/etc/$name"
      fi
    done < /etc/.clean
  fi
  for name in "${!copies[@]}"; do printf '%s\n' "$name"; done > /etc/.clean
}
