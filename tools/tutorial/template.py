#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Renders a tutorial document into a directory; `./init` writes its command line into .tute_config."""
import argparse
import sys

import engine


def write_list(path, names):
    if path:
        with open(path, 'w', encoding='utf-8') as f:
            f.write(''.join(name + '\n' for name in names))


def main():
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument('--tut-file', required=True, metavar='FILE', help='the document')
    parser.add_argument('--out-dir', metavar='DIR', help='where the files go')
    parser.add_argument('--task', help='the task to be at (the first; for the solution the last)')
    parser.add_argument('-s', '--solution', action='store_true', help='with that task done')
    parser.add_argument('--docsite', action='store_true', help='write no files, print the text for the reader')
    parser.add_argument('--arch', default='x86_64')
    parser.add_argument('--input-files', metavar='FILE', help='gets the names of the files read')
    parser.add_argument('--output-files', metavar='FILE', help='gets the names of the files written')
    args = parser.parse_args()
    if not args.docsite and not args.out_dir:
        parser.error('--out-dir is needed')

    tutorial = engine.Tutorial(args.task, args.solution, None if args.docsite else args.out_dir, args.arch)
    try:
        text = tutorial.render(args.tut_file)
    except engine.TutorialError as e:
        sys.exit('tutorial: %s' % e)
    if args.docsite:
        print(text, end='')
    write_list(args.input_files, tutorial.inputs)
    write_list(args.output_files, tutorial.outputs)


if __name__ == '__main__':
    main()
