"""Attempts on the host's network."""

import socket
import struct

from .calls import HOST, attempt, connects, refuse


@attempt
def host_loopback_port():
    return connects(("127.0.0.1", HOST["closed_port"]))


@attempt
def host_loopback_port_6():
    return connects(("::1", HOST["closed_port"]), socket.AF_INET6)


@attempt
def host_port_by_gateway():
    with open("/proc/net/route") as table:
        rows = [line.split() for line in table][1:]
    gateways = [row[2] for row in rows if row[1] == "00000000"]
    if not gateways:
        refuse("no gateway")
    return connects((socket.inet_ntoa(bytes.fromhex(gateways[0])[::-1]), HOST["closed_port"]))


@attempt
def host_port_by_own_address():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("192.0.2.200", 9))
        address = sock.getsockname()[0]
    return connects((address, HOST["closed_port"]))


@attempt
def neighbour_port():
    return connects(("127.0.0.1", HOST["neighbour_port"]))


@attempt
def raw_socket():
    socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP).close()
    return "opened"


@attempt
def packet_socket():
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close()
    return "opened"


@attempt
def hypervisor_socket():
    socket.socket(40, socket.SOCK_STREAM).close()
    return "opened"


@attempt
def change_interface():
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, 0x8914, struct.pack("16sh14x", b"lo", 0))
    return "changed"
