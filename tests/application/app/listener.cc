// SPDX-License-Identifier: BSD-2-Clause
// Waits until all have told, then prints the board. C++ without its library.
#include <camkes.h>
#include <places.h>
#include <stdio.h>

namespace {
struct Board {
    const char *place(int i) const { return static_cast<const char *>(::board) + i * 64; }
    bool full() const
    {
        for (int i = 0; i < PLACES; i++) {
            if (!*place(i)) {
                return false;
            }
        }
        return true;
    }
} const words;
}

#ifdef FROM_CXX
int run(void)
{
    while (!words.full()) {
        told_wait();
        board_acquire();
    }
    printf("heard: %s %s %s\n", words.place(0), words.place(1), words.place(2));
    return 0;
}
#endif
