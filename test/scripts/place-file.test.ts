import { describeWithMounts, runScript } from "./private-mounts";

const folder = "/run/kluster-takeover";
const file = `${folder}/seed.cpio`;

describeWithMounts("a file that is placed on a machine", () => {
  const place = (before = "", after = `find ${folder} -printf '%P %m %u\\n' | sort; cat ${file}`) =>
    runScript("place-file.sh", {
      empty: ["/run"],
      before: `chmod 755 /run\n${before}`,
      args: [file, "0600"],
      input: "KEY",
      after,
    });

  test("is there for its reader alone, in a folder for everybody", () => {
    expect(place()).toMatchObject({ code: 0, stdout: " 755 root\nseed.cpio 600 root\nKEY", stderr: "" });
  });

  test("takes the place of an older one, and of a link, whose target stays as it was", () => {
    const before = `mkdir ${folder}; echo mine >/run/other; ln -s /run/other ${file}; ln -s /run/other ${file}.draft`;
    const { stdout } = place(before, `cat /run/other; find ${folder} -type f; ls -A ${folder}; cat ${file}`);
    expect(stdout).toBe(`mine\n${file}\nseed.cpio\nKEY`);
  });

  test("leaves nothing behind that the next run does not take away, however a run ends", () => {
    const killed = `
      mkfifo /run/pipe
      bash $SCRIPT ${file} 0600 </run/pipe &
      exec 5>/run/pipe
      printf OLD >&5
      for i in $(seq 500); do grep -qs OLD ${folder}/* && break; sleep 0.01; done
      kill -9 $!
      wait $! 2>/dev/null || true
      exec 5>&-
      ls -A ${folder}`;
    expect(place(killed, `ls -A ${folder}; grep -r OLD ${folder} || true`).stdout).toBe(
      "seed.cpio.draft\nseed.cpio\n",
    );
  });

  test("does not go by way of a link", () => {
    const { code, stdout, stderr } = place(
      `mkdir /run/elsewhere; ln -s elsewhere ${folder}`,
      "ls -A /run/elsewhere",
    );
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(`${folder} is a link to /run/elsewhere, or below one; no file is put there`);
  });

  test.each([
    ["is another user's", `mkdir ${folder}; chown 65534 ${folder}`],
    ["others can write to", `mkdir ${folder}; chmod 1777 ${folder}`],
    ["is below such a one", `chmod 1777 /run; mkdir ${folder}`],
  ])("does not go into a folder that %s", (_, before) => {
    const { code, stdout, stderr } = place(before, `ls -A ${folder}`);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("is not root's alone");
  });
});
