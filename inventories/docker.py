from sams.adapters.inventory import hosts

mailservers, auxiliary = hosts("docker")
