/** Who may log into a new server's stock image, and as what it shows itself. */
export interface FirstBoot {
  /** Private ed25519 host key in OpenSSH's format. It is thrown away with the image: every pod could read it later. */
  hostPrivateKey: string;
  /** Its public half, as in authorized_keys. */
  hostKey: string;
  /** Lines of authorized_keys for root. */
  authorizedKeys: string[];
}

/**
 * User data for cloud-init, which makes the stock image answer with a host key that is known before the first contact.
 * Given host keys, cloud-init makes none of its own (cc_ssh, ssh_keys). The rest is JSON, which is YAML too.
 */
export function userData({ hostPrivateKey, hostKey, authorizedKeys }: FirstBoot): string {
  const config = {
    ssh_keys: { ed25519_private: hostPrivateKey, ed25519_public: hostKey },
    ssh_authorized_keys: authorizedKeys,
    disable_root: false,
    ssh_pwauth: false,
  };
  return `#cloud-config\n${JSON.stringify(config)}\n`;
}
