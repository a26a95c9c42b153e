import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { examples } from "../../nix/examples";
import { Facts, shippedFacts } from "../../nix/facts";
import {
  checkout,
  describeWithNix,
  describeWithRealLib,
  libs,
  realLib,
  ScratchNix,
  value,
} from "../../nix/nix";

const nix = new ScratchNix();
afterAll(() => nix.remove());
const nixpkgs = join(checkout, "lab/nixpkgs");

/** What the program's Nix code makes of an inventory with the lab's nixpkgs. */
function systems(document: Facts, lib?: string) {
  const facts = join(mkdtempSync(join(nix.folder, "facts-")), "facts.json");
  writeFileSync(facts, JSON.stringify(document));
  const args = [join(checkout, "nix/default.nix"), "--argstr", "facts", facts, "--arg", "nixpkgs", nixpkgs];
  return nix.evaluate(args, lib ? { KLUSTER_NIXPKGS_LIB: lib } : {});
}

/** The installer that the program starts by kexec, made of the lab's nixpkgs. */
function installer(lib?: string, tree = nixpkgs) {
  const args = ["--argstr", "facts", "/no/facts", "--arg", "nixpkgs", tree];
  const file = join(checkout, "nix/kexec-installer.nix");
  return nix.evaluate([file, ...args], lib ? { KLUSTER_NIXPKGS_LIB: lib } : {});
}

/** Part of a machine's settings: `modules` are Nix expressions beside the least that a machine needs, `get` a path in config. */
function config(get: string, ...modules: string[]) {
  const least = `{
    networking.hostName = "il"; networking.useNetworkd = true; system.stateVersion = "26.05";
    fileSystems."/" = { device = "/dev/sda2"; fsType = "ext4"; }; boot.loader.grub.device = "/dev/sda";
  }`;
  const all = [least, ...modules].map((module) => `(${module})`).join(" ");
  const evaluated = `import ${nixpkgs}/nixos/lib/eval-config.nix { modules = [ ${all} ]; }`;
  return nix.evaluate(["--read-write-mode", "-E", `let inherit (${evaluated}) config pkgs lib; in ${get}`]);
}

const master = `{ services.kubernetes = { roles = [ "master" "node" ]; masterAddress = "il"; }; }`;
const toplevel = "config.system.build.toplevel.drvPath";

describeWithNix.each(libs)("the lab's nixpkgs with $name", ({ folder: lib }) => {
  test("gives every option that nix/ sets the type that it has in nixpkgs", () => {
    const table: Record<string, { type: string }> = JSON.parse(
      readFileSync(join(checkout, "nix/options.json"), "utf8"),
    );
    const names = Object.keys(table);
    const list = names.map((name) => JSON.stringify(name)).join(" ");
    const args = [join(__dirname, "options.nix"), "--arg", "names", `[ ${list} ]`];
    const found = value(nix.evaluate(args, { KLUSTER_NIXPKGS_LIB: lib }));
    expect(found).toEqual(Object.fromEntries(names.map((name) => [name, table[name].type])));
  });

  test.each(examples)("makes a system of each machine of $what", ({ facts }) => {
    const made = value(systems(facts(), lib));
    expect(Object.keys(made)).toEqual(["ee", "il", "sam"]);
    for (const name of Object.keys(made))
      expect(made[name].storePath).toMatch(new RegExp(`/[a-z0-9]{32}-nixos-system-${name}-26\\.05\\.lab$`));
  });

  test("makes systems with a network of the user's own, in which nothing of flannel is left", () => {
    const facts = shippedFacts();
    const before = value(systems(facts, lib));
    facts.cluster.modules = [join(checkout, "test/nix/fixtures/own-network.nix")];
    for (const [name, { summary, certificates, secrets }] of Object.entries<any>(
      value(systems(facts, lib)),
    )) {
      const gone = Object.keys(before[name].summary.units).filter((unit) => !summary.units[unit]);
      expect(gone).toEqual(["flannel.service", ...(name === "il" ? ["kube-addon-manager.service"] : [])]);
      expect(JSON.stringify([certificates, secrets])).not.toContain("flannel");
      // It goes on with the network of before until it starts anew.
      expect(summary.units["containerd.service"].text).not.toBe(
        before[name].summary.units["containerd.service"].text,
      );
    }
  });
});

describeWithRealLib("the lab's lib", () => {
  test("leads to the very same installer as nixpkgs' own", () => {
    expect(value(installer())).toEqual(value(installer(realLib)));
  });

  test.each(examples)("leads, for $what, to the very same systems as nixpkgs' own", ({ facts }) => {
    expect(value(systems(facts()))).toEqual(value(systems(facts(), realLib)));
  });
});

describeWithNix("the installer by kexec", () => {
  test("is a tree of its own", () => {
    expect(value(installer())).toEqual({
      installer: {
        drvPath: expect.stringMatching(/\/[a-z0-9]{32}-kluster-kexec-installer\.drv$/),
        storePath: expect.stringMatching(/\/[a-z0-9]{32}-kluster-kexec-installer$/),
      },
    });
  });

  test("is refused without root= among its kernel's parameters, which bounds the memory that it needs", () => {
    const other = join(mkdtempSync(join(nix.folder, "nixpkgs-")), "nixpkgs");
    cpSync(nixpkgs, other, { recursive: true });
    const file = join(other, "nixos/modules/system/boot/stage-2.nix");
    writeFileSync(file, readFileSync(file, "utf8").replace('"root=fstab"', '"quiet"'));
    const { ok, messages } = installer(undefined, other);
    expect(ok).toBe(false);
    expect(messages).toMatch(/kernel parameters have no root=[^]*quiet[^]*twice the memory/);
  });
});

describeWithNix("an evaluation with the lab's nixpkgs", () => {
  test.each([
    [
      "an option that nobody declares",
      `{ services.nginx.enable = true; }`,
      "The option `services.nginx' does not exist",
    ],
    ["a value of another type", `{ networking.firewall.allowedTCPPorts = [ "80" ]; }`, "is not of type"],
    [
      "a package that there is not",
      `{ pkgs, ... }: { environment.systemPackages = [ pkgs.htop ]; }`,
      "attribute 'htop' missing",
    ],
    [
      "a type of old",
      `{ services.kubernetes = { roles = [ "node" ]; masterAddress = "il"; easyCerts = false; kubelet.clusterDns = "10.0.0.254"; }; }`,
      "is not of type",
    ],
    [
      "the dashboard of old",
      `{ services.kubernetes.addons.dashboard.enable = true; }`,
      "Removed due to it being an outdated version",
    ],
    [
      "no root file system",
      `{ lib, ... }: { fileSystems = lib.mkForce { }; }`,
      "does not specify your root file system",
    ],
    [
      "no boot loader",
      `{ lib, ... }: { boot.loader.grub.device = lib.mkForce ""; }`,
      "boot.loader.grub.devices",
    ],
    [
      "a failed assertion",
      `{ assertions = [ { assertion = false; message = "no such luck"; } ]; }`,
      "no such luck",
    ],
    ["swap", `{ zramSwap.enable = true; }`, "a lab machine has no swap"],
    [
      "easyCerts",
      `{ services.kubernetes = { roles = [ "node" ]; masterAddress = "il"; }; }`,
      "services.kubernetes.easyCerts cannot be used",
    ],
    [
      "a master without its address",
      `{ services.kubernetes = { roles = [ "master" ]; easyCerts = false; }; }`,
      "masterAddress' was accessed but has no value defined",
    ],
  ])("refuses %s", (_, module, message) => {
    const evaluation = config(toplevel, module);
    expect(evaluation.ok).toBe(false);
    expect(evaluation.messages.replace(/[‘’]/g, "'")).toContain(message.replace(/[‘’]/g, "'"));
  });

  test.each([
    // a module, the option, what is beside it
    [`{ services.nginx.enable = true; }`, "services.nginx", /below `services' it has: etcd, [^.]*openssh/],
    [`{ time.timezone = "Europe/Berlin"; }`, "time.timezone", /below `time' it has: timeZone\./],
    [`{ sound.enable = true; }`, "sound", /at the top it has: assertions, boot, console, [^.]*users/],
    [
      `{ users.users.alice = { isNormalUser = true; shel = "/bin/sh"; }; }`,
      "users.users.alice.shel",
      /below `users\.users\.alice' it has: [^.]*shell/,
    ],
  ])("says of %s that the lab lacks it, NixOS perhaps not, and what there is", (module, option, beside) => {
    const { messages } = config(toplevel, module);
    expect(messages).toContain(`The option \`${option}' does not exist. Definition values: - In \``);
    expect(messages).toContain("This is the rehearsal lab's stand-in for nixpkgs");
    expect(messages).toMatch(beside);
    expect(messages).toContain(`may well have \`${option}'`);
  });

  test("takes a module that asks whether there is an option, the way the guide shows", () => {
    const guide = readFileSync(join(checkout, "docs/guide/modules.md"), "utf8");
    const lab = guide.slice(guide.indexOf("**In the rehearsal lab**"));
    const module = lab.match(/```nix\n([^]*?)```/)![1];
    expect(module).toContain("lib.optionalAttrs (options");
    expect(value(config(toplevel, module))).toMatch(/-nixos-system-il-26\.05\.lab\.drv$/);
    // Where the option is declared, the definition counts.
    const declared = `{ lib, ... }: { options.services.prometheus.exporters.node = {
      enable = lib.mkEnableOption "it"; openFirewall = lib.mkEnableOption "it";
    }; }`;
    const get = "config.services.prometheus.exporters.node.enable";
    expect(value(config(get, declared, module))).toBe(true);
  });

  test("takes the guide's module for Cilium, whose objects the program then applies", () => {
    const guide = readFileSync(join(checkout, "docs/guide/pod-network.md"), "utf8");
    const module = /```nix\n# machines\/cilium\.nix[^\n]*\n([^]*?)```/.exec(guide)![1];
    const folder = mkdtempSync(join(nix.folder, "cilium-"));
    const object = { apiVersion: "apps/v1", kind: "DaemonSet", metadata: { name: "cilium" } };
    writeFileSync(join(folder, "cilium.json"), JSON.stringify([object]));
    writeFileSync(join(folder, "cilium.nix"), module);
    const facts = shippedFacts();
    facts.cluster.modules = [join(folder, "cilium.nix")];
    const { il, ee } = value(systems(facts));
    expect(il.bootstrapObjects).toContainEqual(object);
    expect(Object.keys(ee.summary.units)).not.toEqual(expect.arrayContaining(["flannel.service"]));
    expect(Object.keys(ee.summary.units)).not.toEqual(expect.arrayContaining(["kube-proxy.service"]));
  });

  test("gives what users' modules commonly set the types that nixpkgs declares", () => {
    // From the list of all options in NixOS's manual; each with the file that it is declared in.
    const types: Record<string, string> = {
      "time.timeZone": "null or string without spaces", // nixos/modules/config/locale.nix
      "i18n.defaultLocale": "string", // nixos/modules/config/i18n.nix
      "i18n.extraLocaleSettings": "attribute set of string", // nixos/modules/config/i18n.nix
      "console.keyMap": "string or absolute path", // nixos/modules/config/console.nix
      "console.font": "null or string or absolute path", // nixos/modules/config/console.nix
      "users.motd": 'strings concatenated with "\\n"', // nixos/modules/security/pam.nix
    };
    const names = `[ ${Object.keys(types)
      .map((name) => JSON.stringify(name))
      .join(" ")} ]`;
    expect(value(nix.evaluate([join(__dirname, "options.nix"), "--arg", "names", names]))).toEqual(types);
  });

  test("shows what they set in the machine's files", () => {
    const module = `{
      time.timeZone = "Europe/Berlin"; users.motd = "hello\n"; console.font = "Lat2-Terminus16"; console.keyMap = "de";
      i18n = { defaultLocale = "de_DE.UTF-8"; extraLocaleSettings.LC_TIME = "en_GB.UTF-8"; };
      environment.variables.EDITOR = "ed"; services.openssh.enable = true;
    }`;
    const get = `with config.environment; {
      localtime = etc.localtime.source; locale = etc."locale.conf".text; console = etc."vconsole.conf".text;
      sshd = etc."pam.d/sshd".text; profile = etc.profile.text;
    }`;
    const files = value(config(get, module));
    expect(files).toMatchObject({
      localtime: "/usr/share/zoneinfo/Europe/Berlin",
      locale: "LANG=de_DE.UTF-8\nLC_TIME=en_GB.UTF-8\n",
      console: "KEYMAP=de\nFONT=Lat2-Terminus16\n",
    });
    expect(files.sshd).toMatch(/^session optional pam_motd\.so motd=.*-motd$/m);
    expect(files.profile).toContain("export EDITOR=ed");
  });

  test("takes what a user's module commonly sets", () => {
    const module = `{ pkgs, ... }: {
      environment.etc."motd".text = "hello"; environment.systemPackages = [ pkgs.curl ];
      environment.variables.EDITOR = "ed"; time.timeZone = "Europe/Berlin"; boot.kernel.sysctl."vm.swappiness" = 1;
      systemd.tmpfiles.rules = [ "d /srv/data 0755 root root -" ];
      systemd.services.hello = { wantedBy = [ "multi-user.target" ]; script = "echo hello"; startAt = "daily"; };
      users.users.alice = { isNormalUser = true; extraGroups = [ "wheel" ]; };
      networking.firewall.interfaces.eth1.allowedTCPPorts = [ 80 ]; services.openssh.permitRootLogin = "yes";
    }`;
    expect(value(config(toplevel, module))).toMatch(/-nixos-system-il-26\.05\.lab\.drv$/);
  });

  test("gives services of Kubernetes the ids that nixpkgs fixes", () => {
    const ids = "{ inherit (config.ids.uids) kubernetes systemd-network; }";
    expect(value(config(ids))).toEqual({ kubernetes: 162, "systemd-network": 152 });
  });

  describe("has the traps of NixOS's services.kubernetes", () => {
    test.each([
      // what is set, what everybody calls
      [`{ }`, "https://il:6443"],
      [`{ services.kubernetes.apiserver.advertiseAddress = "192.168.56.11"; }`, "https://192.168.56.11"],
    ])("the API server's address of %s is %s", (module, address) => {
      expect(value(config("config.services.kubernetes.apiserverAddress", master, module))).toBe(address);
    });

    test("flannel may list and watch nodes, and get none", () => {
      const get = "config.services.kubernetes.addonManager.bootstrapAddons.flannel-cr.rules";
      expect(value(config(get, master))).toContainEqual({
        apiGroups: [""],
        resources: ["nodes"],
        verbs: ["list", "watch"],
      });
    });

    test("CoreDNS is of this very package, comes from no registry, and goes where Linux is by the older label", () => {
      const get = `(coredns: {
        inherit (coredns.spec.template.spec) nodeSelector;
        inherit (builtins.head coredns.spec.template.spec.containers) image imagePullPolicy securityContext;
        package = toString pkgs.coredns;
      }) config.services.kubernetes.addonManager.addons.coredns-deploy`;
      const { package: path, ...coredns } = value(config(get, master));
      expect(coredns).toEqual({
        nodeSelector: { "beta.kubernetes.io/os": "linux" },
        image: expect.stringMatching(/^coredns:[0-9a-z]{32}$/),
        imagePullPolicy: "Never",
        securityContext: {
          allowPrivilegeEscalation: false,
          capabilities: { add: ["NET_BIND_SERVICE"], drop: ["all"] },
          readOnlyRootFilesystem: true,
        },
      });
      expect(path).toContain(coredns.image.split(":")[1]);
    });

    test.each([
      [`{ }`, "03:15", "0"],
      [`{ nix.gc = { dates = "weekly"; randomizedDelaySec = "6h"; }; }`, "weekly", "6h"],
    ])("with %s garbage that was not collected at %s is at the next boot", (module, time, delay) => {
      const get = "config.systemd.timers.nix-gc.timerConfig";
      expect(value(config(get, "{ nix.gc.automatic = true; }", module))).toEqual({
        OnCalendar: [time],
        Persistent: true,
        RandomizedDelaySec: delay,
      });
    });

    test("the certificate of a kubelet is good for its host name alone", () => {
      const get = "let inherit (config.services.kubernetes.pki.certs.kubelet) CN hosts; in [ CN ] ++ hosts";
      expect(value(config(get, master))).toEqual(["il"]);
    });

    test.each([
      [`{ }`, null],
      [`{ services.flannel.iface = "192.168.56.11"; }`, "192.168.56.11"],
    ])("flannel with %s is told the interface %s", (module, iface) => {
      const get = "config.systemd.services.flannel.environment.FLANNELD_IFACE or null";
      expect(value(config(get, master, module))).toBe(iface);
    });

    test.each([
      [`[ "master" "node" ]`, []],
      [`[ "node" ]`, []],
      [`[ "master" ]`, ["node-role.kubernetes.io/master=true:NoSchedule", "unschedulable=true:NoSchedule"]],
    ])("with the roles %s a node is tainted %j", (roles, taints) => {
      const get =
        'map (t: "${t.key}=${t.value}:${t.effect}") (lib.attrValues config.services.kubernetes.kubelet.taints)';
      const module = `{ services.kubernetes = { masterAddress = "il"; roles = ${roles}; }; }`;
      expect(value(config(get, module))).toEqual(taints);
    });
  });

  test.each([
    [`{ restartIfChanged = false; }`, "X-RestartIfChanged=false"],
    [`{ reloadIfChanged = true; }`, "X-ReloadIfChanged=true"],
    [`{ stopIfChanged = false; }`, "X-StopIfChanged=false"],
    [`{ reloadTriggers = [ "a" ]; }`, "X-Reload-Triggers=a"],
    [`{ environment.GREETING = "a \\"b\\""; }`, `Environment="GREETING=a \\"b\\""`],
    [`{ after = [ "a.service" "b.service" ]; }`, "After=a.service b.service"],
    [`{ serviceConfig.ExecStartPre = [ "/a" "/b" ]; }`, "ExecStartPre=/a ExecStartPre=/b"],
  ])("writes a service with %s as %s", (settings, line) => {
    const get = `(builtins.head ((import ${nixpkgs}/nixos/lib/systemd.nix { inherit lib pkgs; }).rendered "service" { inherit (config.systemd.services) x; })).text`;
    const text: string = value(config(get, `{ systemd.services.x = ${settings}; }`));
    expect(text.replace(/\n/g, " ")).toContain(line);
  });
});
