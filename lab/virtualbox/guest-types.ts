/** A guest OS type: its id and what `showvminfo` calls it. */
export interface GuestType {
  id: string;
  description: string;
}

/** The types that the stand-in knows. VirtualBox's own list is long; these share the defaults it gives a VM. */
const TYPES: GuestType[] = [
  { id: "Linux_64", description: "Other Linux (64-bit)" },
  { id: "Linux26_64", description: "Linux 2.6 / 3.x / 4.x / 5.x (64-bit)" },
];

/** The type of this id or description. */
export const guestType = (text: string): GuestType | undefined =>
  TYPES.find(({ id, description }) => id === text || description === text);
