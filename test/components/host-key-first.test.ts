import { refuseStrangers } from "../../components/host-key-first";
import { generateSshKeyPair } from "../../provider/keys";
import { describeWithSshd, freePort, Sshd, startSshd } from "../provider/ssh/sshd";

describeWithSshd("before a command of Pulumi's plugin runs on a machine", () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd.stop());

  test("another machine at its address is named, with both host keys", async () => {
    const { publicKey: hostKey } = generateSshKeyPair("another");
    await expect(refuseStrangers({ ...sshd.login, hostKey })).rejects.toThrow(
      /has not the pinned host key SHA256:\S+, but SHA256:.*: another machine has this address/,
    );
  });

  test("so is one that does not take the key", async () => {
    const { privateKey } = generateSshKeyPair("another");
    await expect(refuseStrangers({ ...sshd.login, privateKey })).rejects.toThrow(/does not accept the key/);
  });

  test("the machine itself is, and one that does not answer yet may be, the right one", async () => {
    await refuseStrangers(sshd.login);
    await refuseStrangers({ ...sshd.login, port: await freePort() });
  });
});
