# SSH for root by key only, with the one host key that is pinned; NixOS would add an RSA key that nobody knows.
{
  services.openssh = {
    enable = true;
    # Where the program puts its key when it gets another (provider/resources/login-keys.ts); the one of base.nix is the
    # system's, and comes with it.
    authorizedKeysFiles = [ "/var/lib/kluster/authorized_keys.d/%u" ];
    settings = {
      PermitRootLogin = "prohibit-password";
      PasswordAuthentication = false;
      KbdInteractiveAuthentication = false;
    };
    hostKeys = [
      {
        type = "ed25519";
        path = "/etc/ssh/ssh_host_ed25519_key";
      }
    ];
  };
}
