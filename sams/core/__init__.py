"""The pure part: values in, values out. Nothing here touches a network, a process or a host."""
