// SPDX-License-Identifier: BSD-2-Clause
// Pays in three times, writes to its friend, reads what somebody wrote to it.
#include <camkes.h>
#include <stdio.h>

int run(void)
{
    char text[80];
    int64_t balance = 0;
    for (int i = 0; i < 3; i++) {
        balance = bank_deposit(amount);
    }
    snprintf(text, sizeof(text), "%s has %lld", get_instance_name(), (long long)balance);
    log_line(text);

    snprintf(mail_buf, mail_buf_size, "greetings from %s", get_instance_name());
    if (mail_post(friend) != 0) {
        log_line("nobody there");
    }
    mail_wait();                          /* the office signals when something is in our buffer */
    snprintf(text, sizeof(text), "%s reads: %s", get_instance_name(), (char *)mail_buf);
    log_line(text);
    bell_emit();
    return 0;
}
