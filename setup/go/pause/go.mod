module kluster.local/pause

go 1.19
