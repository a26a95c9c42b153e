/** Bytes, as networks and downloads are counted. */
export const MEGABYTE = 1_000_000;
/** Bytes, as VirtualBox counts disks and memory; it calls them MB. */
export const MEBIBYTE = 1024 * 1024;
