// SPDX-License-Identifier: BSD-2-Clause
//
// The decision kernel, read by a C compiler; that it compiles is the test. And by proofs/wp/check.
#include "kernel.h"

bool kernel_decides_in_c(const Entry* list, size_t count, const Client* client, const Text* names,
                         size_t name_count);

/*@ requires sound_list(list, count) && sound_client(client) && sound_names(names, name_count);
    assigns \nothing; */
bool kernel_decides_in_c(const Entry* list, size_t count, const Client* client, const Text* names,
                         size_t name_count) {
  return decide(list, count, client, names, name_count).allowed;
}
