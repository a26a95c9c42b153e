/** Milliseconds that actions take in the lab: in the real one's proportions, but much shorter. */
const DURATIONS: Record<string, number> = {
  create_server: 1200,
  start_server: 300,
  stop_server: 300,
  shutdown_server: 100,
  reboot_server: 100,
  reset_server: 200,
  delete_server: 600,
  change_server_type: 1500,
  rebuild_server: 1200,
  attach_to_network: 500,
  detach_from_network: 300,
  apply_firewall: 200,
  remove_firewall: 200,
};

export const durationOf = (command: string): number => DURATIONS[command] ?? 100;
