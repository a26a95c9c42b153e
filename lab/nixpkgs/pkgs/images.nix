# pkgs.dockerTools: as nixpkgs' streamLayeredImage does, an image is a program that writes the archive to its
# standard output when it is called. It is called on the machine, from the binaries that the machine has, so that
# closures stay small.
{ pkgs }:
rec {
  buildImage =
    {
      name,
      tag ? "latest",
      copyToRoot ? null,
      config ? { },
      ...
    }:
    pkgs.writeTextFile {
      name = "${baseNameOf name}-image";
      executable = true;
      text = ''
        #! ${pkgs.bash}/bin/bash
        # Writes the OCI image ${name}:${tag} as a tar archive.
        set -eu
        export PATH=${pkgs.coreutils}/bin:${pkgs.gnutar}/bin
        # Where the box has openssl, which knows the processor's own instructions for it, that is five times as fast.
        sha256() {
          if [ -x /usr/bin/openssl ]; then /usr/bin/openssl dgst -sha256 -r "$1"; else sha256sum "$1"; fi
        }
        folder=$(mktemp -d)
        trap 'rm -rf "$folder"' EXIT
        mkdir -p "$folder/blobs/sha256"
        blob() { # FILE: moves it among the blobs; its digest and size are in $digest and $size
          digest=$(sha256 "$1"); digest=''${digest%% *}
          size=$(stat -c %s "$1")
          mv "$1" "$folder/blobs/sha256/$digest"
        }
        # One layer: the programs that the package links to, in /bin.
        tar --dereference --absolute-names --transform='s,.*/,bin/,' --mtime=@1 --owner=0 --group=0 --numeric-owner \
          -cf "$folder/layer" ${if copyToRoot == null then "--files-from=/dev/null" else "${copyToRoot}/bin/*"}
        blob "$folder/layer"; layer=$digest layerSize=$size
        printf '{"architecture":"amd64","os":"linux","config":%s,"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \
          ${pkgs.quote (builtins.toJSON config)} "$layer" > "$folder/config"
        blob "$folder/config"; config=$digest configSize=$size
        printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:%s","size":%s},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"sha256:%s","size":%s}]}' \
          "$config" "$configSize" "$layer" "$layerSize" > "$folder/manifest"
        blob "$folder/manifest"
        printf '{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:%s","size":%s,"annotations":{"io.containerd.image.name":"%s"}}]}' \
          "$digest" "$size" 'docker.io/${if builtins.match ".*/.*" name == null then "library/${name}" else name}:${tag}' > "$folder/index.json"
        printf '{"imageLayoutVersion":"1.0.0"}' > "$folder/oci-layout"
        tar -C "$folder" -cf - blobs index.json oci-layout
      '';
    }
    // { imageName = name; imageTag = tag; };
  buildLayeredImage = buildImage;
  streamLayeredImage = buildImage;
}
