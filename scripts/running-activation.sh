# Says what the unit that activates a system is about; nothing while there is none.
set -u
case $(systemctl show --property=ActiveState --value kluster-activate.service) in
active | activating | deactivating | reloading) systemctl show --property=Description --value kluster-activate.service ;;
esac
