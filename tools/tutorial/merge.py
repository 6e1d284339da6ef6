#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Brings rendered files into the tutorial's directory without losing what its user changed.

    merge.py --list FILE NEW OLD USER

NEW holds what was rendered now, OLD what was brought last time, USER is the tutorial's directory:

    not in USER                              copied
    NEW is as OLD                            USER keeps its file
    NEW changed, USER's is as OLD            updated
    both changed, in different ways          an error that names the file; nothing at all is written
"""
import filecmp
import os
import shutil
import sys


def same(a, b):
    return os.path.exists(a) and os.path.exists(b) and filecmp.cmp(a, b, shallow=False)


def copy(source, target):
    os.makedirs(os.path.dirname(target), exist_ok=True)
    shutil.copy(source, target)


def plan(names, new, old, user):
    """(files to copy, files in conflict)"""
    update, conflicts = [], []
    for name in names:
        n, o, u = (os.path.join(d, name) for d in (new, old, user))
        if not os.path.exists(u):
            update.append(name)
        elif same(n, u) or same(n, o):
            continue
        elif same(o, u):
            update.append(name)
        else:
            conflicts.append(name)
    return update, conflicts


def main():
    if len(sys.argv) != 6 or sys.argv[1] != '--list':
        sys.exit('usage: merge.py --list FILE NEW OLD USER')
    listing, new, old, user = sys.argv[2:]
    with open(listing, encoding='utf-8') as f:
        names = f.read().splitlines()
    update, conflicts = plan(names, new, old, user)
    if conflicts:
        for name in conflicts:
            print('tutorial: conflict in %s: you changed it, and this task changes it too' % os.path.join(user, name))
        name = conflicts[0]
        sys.exit('tutorial: nothing was written. For each of them take over what you want from %s,\n'
                 '  then say that it is settled: cp %s %s\n'
                 "  Or remove yours, to get the tutorial's."
                 % (os.path.join(new, name), os.path.join(new, name), os.path.join(old, name)))
    for name in update:
        copy(os.path.join(new, name), os.path.join(user, name))
    for name in names:
        copy(os.path.join(new, name), os.path.join(old, name))


if __name__ == '__main__':
    main()
