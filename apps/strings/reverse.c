// SPDX-License-Identifier: BSD-2-Clause
// Reverses the text in the shared page whenever it is asked to. The other side may write there at any time: the text is
// taken over once, and its end is looked for in the copy.
#include <camkes.h>
#include <string.h>

int run(void)
{
    static char copy[sizeof(*text)];

    for (;;) {
        request_wait();
        memcpy(copy, text, sizeof copy);
        text_acquire();
        size_t n = strnlen(copy, sizeof copy - 1);
        for (size_t i = 0; i < n / 2; i++) {
            char c = copy[i];
            copy[i] = copy[n - 1 - i];
            copy[n - 1 - i] = c;
        }
        memcpy(text, copy, n);
        text_release();
        done_emit();
    }
}
