# Restarts the machine. Returns at once; the connection goes down with the system.
set -eu
exec systemctl --no-block reboot
