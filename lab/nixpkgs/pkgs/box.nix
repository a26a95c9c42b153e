# The packages: names of nixpkgs for programs that a lab machine sees read-only, the box's own under /usr and the
# toolchain's under /opt/kluster-lab/toolchain. A package holds what its namesake in nixpkgs holds, as far as the
# box has it, and nothing more, so that a script that relies on a program which NixOS would not have fails here too.
{ lib, builders }:
let
  inherit (builders) linked;
  toolchain = "/opt/kluster-lab/toolchain/bin";
  words = text: lib.filter (word: builtins.isString word && word != "") (builtins.split "[ \n]+" text);
  box = name: programs: linked { inherit name; programs = words programs; };
  sbin = name: programs: linked { inherit name; programs = words programs; folder = "/usr/sbin"; };
  tool = name: version: programs: linked { inherit name version; programs = words programs; folder = toolchain; };
  guest =
    name: programs:
    builders.symlinkJoin {
      name = "${name}-lab";
      paths = map (program: builders.writeShellScriptBin program ''exec /opt/kluster-lab/guest/${program} "$@"'') (words programs);
    };
  # Programs that act by the name they are called with: /etc/alternatives, where Debian chooses, is not there.
  renamed =
    name: links:
    builders.runCommand "${name}-lab" { } ''
      mkdir -p $out/bin
      ${lib.concatStrings (lib.mapAttrsToList (link: target: "ln -s ${target} $out/bin/${link}\n") links)}
    '';
  kubernetes = tool "kubernetes" "1.36.1" "kubelet kube-apiserver kube-controller-manager kube-scheduler kube-proxy kubectl" // {
    pause = tool "pause" "1.36.1" "pause";
  };
  xtables = "/usr/sbin/xtables-nft-multi";
in
{
  inherit kubernetes;
  kubectl = tool "kubectl" "1.36.1" "kubectl";
  etcd = tool "etcd" "3.6.8" "etcd etcdctl etcdutl";
  coredns = tool "coredns" "1.13.1" "coredns";
  # nixpkgs' package calls its program both ways.
  flannel = builders.runCommand "flannel-0.26.1" { } ''
    mkdir -p $out/bin
    ln -s ${toolchain}/flanneld $out/bin/flanneld
    ln -s flanneld $out/bin/flannel
  '';
  cni-plugin-flannel = tool "cni-plugin-flannel" "1.9.1" "flannel";
  cni-plugins = linked {
    name = "cni-plugins";
    folder = "/usr/lib/cni";
    programs = words "bandwidth bridge dhcp firewall host-device host-local ipvlan loopback macvlan portmap ptp sbr static tuning vlan vrf";
  };

  bash = builders.bashPackage;
  bashInteractive = builders.bashPackage;
  coreutils = box "coreutils" ''
    cat chgrp chmod chown cp date dd df dir echo false ln ls mkdir mknod mktemp mv pwd readlink rm rmdir sleep stty sync
    touch true uname vdir [ arch b2sum base32 base64 basename basenc chcon cksum comm csplit cut dircolors dirname du env
    expand expr factor fmt fold groups head hostid id install join link logname md5sum mkfifo nice nl nohup nproc numfmt
    od paste pathchk pinky pr printenv printf ptx realpath runcon seq sha1sum sha224sum sha256sum sha384sum sha512sum
    shred shuf sort split stat stdbuf sum tac tail tee test timeout tr truncate tsort tty unexpand uniq unlink users wc
    who whoami yes /usr/sbin/chroot
  '';
  util-linux = box "util-linux" ''
    dmesg findmnt lsblk more mountpoint su wdctl choom chrt fallocate flock getopt hardlink ionice ipcmk ipcrm ipcs last
    lscpu lsipc lslocks lslogins lsmem lsns mcookie mesg namei nsenter partx prlimit rev setarch setpriv setsid setterm
    taskset uclampset unshare utmpdump whereis logger renice script scriptreplay wall mount umount kill
    /usr/sbin/agetty /usr/sbin/blkdiscard /usr/sbin/blkid /usr/sbin/blockdev /usr/sbin/findfs /usr/sbin/fsck
    /usr/sbin/fsfreeze /usr/sbin/fstrim /usr/sbin/mkfs /usr/sbin/mkswap /usr/sbin/pivot_root /usr/sbin/runuser
    /usr/sbin/sulogin /usr/sbin/swapoff /usr/sbin/swapon /usr/sbin/switch_root /usr/sbin/wipefs /usr/sbin/losetup
  '';
  procps = box "procps" "ps free pgrep pidwait pmap pwdx top uptime vmstat w watch pkill /usr/sbin/sysctl";
  findutils = box "findutils" "find xargs";
  openssl = box "openssl" "openssl";
  gnugrep = box "gnugrep" "egrep fgrep grep";
  gnused = box "gnused" "sed";
  gnutar = box "gnutar" "tar";
  gzip = box "gzip" "gunzip gzexe gzip zcat zcmp zdiff zegrep zfgrep zforce zgrep zmore znew";
  xz = box "xz" "xz unxz xzcat xzdiff xzgrep xzless";
  diffutils = box "diffutils" "cmp diff diff3 sdiff";
  gawk = renamed "gawk" { awk = "/usr/bin/mawk"; };
  which = renamed "which" { which = "/usr/bin/which.debianutils"; };
  less = box "less" "less lessecho lesskey";
  ncurses = box "ncurses" "clear infocmp reset tabs tic toe tput tset";
  getent = box "getent" "getent";
  getconf = box "getconf" "getconf";
  hostname = box "hostname" "hostname";
  inetutils = box "hostname" "hostname";
  shadow = box "shadow" "login faillog lastlog newgrp passwd chage /usr/sbin/nologin /usr/sbin/chpasswd";
  curl = box "curl" "curl";
  socat = box "socat" "socat";
  strace = box "strace" "strace";
  dosfstools = sbin "dosfstools" "dosfslabel fatlabel fsck.fat fsck.msdos fsck.vfat mkdosfs mkfs.fat mkfs.msdos mkfs.vfat";
  parted = sbin "parted" "parted partprobe";
  e2fsprogs = sbin "e2fsprogs" "badblocks debugfs dumpe2fs e2fsck e2label fsck.ext4 mke2fs mkfs.ext4 resize2fs tune2fs /usr/bin/chattr /usr/bin/lsattr";
  iproute2 = sbin "iproute2" "bridge tc /usr/bin/ip /usr/bin/ss";
  conntrack-tools = sbin "conntrack-tools" "conntrack";
  nftables = sbin "nftables" "nft";
  wireguard-go = box "wireguard-go" "wireguard-go";
  wireguard-tools = box "wireguard-tools" "wg wg-quick";
  iptables = renamed "iptables" {
    iptables = xtables;
    iptables-save = xtables;
    iptables-restore = xtables;
    ip6tables = xtables;
    ip6tables-save = xtables;
    ip6tables-restore = xtables;
  };
  # The guest's stand-ins look beside themselves for what they need: they are called by their own names.
  kexec-tools = guest "kexec-tools" "kexec";
  nixos-install-tools = guest "nixos-install-tools" "nixos-enter nixos-install";
  containerd = box "containerd" "containerd containerd-shim-runc-v2 ctr";
  runc = sbin "runc" "runc";
  openssh = box "openssh" "scp sftp ssh ssh-add ssh-agent ssh-keygen ssh-keyscan /usr/sbin/sshd";
  nix = box "nix" "nix nix-build nix-channel nix-collect-garbage nix-copy-closure nix-daemon nix-env nix-hash nix-instantiate nix-prefetch-url nix-shell nix-store";
  systemd = builders.runCommand "systemd-257.9" { version = "257.9"; } ''
    mkdir -p $out/bin $out/lib/systemd
    for program in journalctl loginctl networkctl systemctl systemd-ask-password systemd-creds systemd-escape \
      systemd-inhibit systemd-machine-id-setup systemd-notify systemd-tmpfiles busctl hostnamectl localectl \
      systemd-analyze systemd-cat systemd-cgls systemd-cgtop systemd-delta systemd-detect-virt systemd-id128 \
      systemd-mount systemd-path systemd-run systemd-socket-activate systemd-stdio-bridge timedatectl systemd-umount; do
      ln -s /usr/bin/$program $out/bin/
    done
    ln -s /opt/kluster-lab/guest/udevadm $out/bin/udevadm
    for action in halt poweroff reboot shutdown; do ln -s /usr/bin/systemctl $out/bin/$action; done
    ln -s /usr/lib/systemd/systemd $out/lib/systemd/systemd
  '';
}
