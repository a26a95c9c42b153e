import { VBoxManage } from "./vboxmanage";

/** What VirtualBox keeps with a machine under a key of ours; undefined where it keeps nothing. */
export async function readExtraData(
  vbox: VBoxManage,
  uuid: string,
  key: string,
): Promise<string | undefined> {
  const { stdout } = await vbox.retrying(["getextradata", uuid, key]);
  return /^Value: (.*)$/m.exec(stdout)?.[1];
}

export async function writeExtraData(
  vbox: VBoxManage,
  uuid: string,
  key: string,
  value: string,
): Promise<void> {
  await vbox.retrying(["setextradata", uuid, key, value]);
}
