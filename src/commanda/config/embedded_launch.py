"""Run a program as another user that may still enter private directories (Linux, started as root).

    python -I -S embedded_launch.py UID GID PROGRAM ARGUMENT...

PostgreSQL refuses to run as root, yet root's own checkout often lies in /root, which nobody else may enter.
Opening /root for everybody would be worse than the disease, so the program keeps one capability, to read
and enter directories, through `setuid` (capabilities(7), "ambient"). Where a container does not have it,
CAP_DAC_OVERRIDE, which every container of root has, is taken instead.
"""

import ctypes
import os
import sys

PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 47, 2
CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Data(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def _permitted(libc: ctypes.CDLL) -> int:
    data = (_Data * 2)()
    libc.capget(ctypes.byref(_Header(CAPABILITY_VERSION_3, 0)), data)
    return int(data[0].permitted)


def drop_to(uid: int, gid: int) -> None:
    """Become `uid`:`gid`, keeping only the right to enter and read directories.

    Raises OSError when the kernel refuses.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    wanted = CAP_DAC_READ_SEARCH if _permitted(libc) & (1 << CAP_DAC_READ_SEARCH) else CAP_DAC_OVERRIDE
    libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    bit = 1 << wanted
    data = (_Data * 2)(_Data(bit, bit, bit), _Data(0, 0, 0))
    if libc.capset(ctypes.byref(_Header(CAPABILITY_VERSION_3, 0)), data) != 0:
        raise OSError(ctypes.get_errno(), "capset")
    if libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, wanted, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def main() -> None:
    """Drop to the user given on the command line and become the program."""
    uid, gid, program, *arguments = sys.argv[1:]
    drop_to(int(uid), int(gid))
    os.execv(program, [program, *arguments])


if __name__ == "__main__":
    main()
