PATH=/opt/kluster-lab/guest:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin
export PATH
PS1='\n[\u@\h:\w]\$ '
