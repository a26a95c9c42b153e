import { createHash } from "node:crypto";

/** The file that stands in for the NixOS minimal ISO: the lab's machines boot their installer when a DVD is there. */
export const installerImage = Buffer.alloc(2048, "\n");
installerImage.write(
  "This is kluster's stand-in for the NixOS minimal ISO. It holds nothing: a machine of the rehearsal lab that finds\n" +
    "it in its DVD drive boots the installer that lab/machine/guest/installer describes.\n",
);

export const installerSha256 = createHash("sha256").update(installerImage).digest("hex");
