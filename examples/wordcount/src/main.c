#include "report.h"
#include "words.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    int status = 0;
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        if (!file) {
            perror(argv[i]);
            status = 1;
            continue;
        }
        char *text = NULL;
        size_t length = 0, room = 0, got = 0;
        do {
            length += got;
            if (length == room) {
                room = room ? 2 * room : 4096;
                char *more = realloc(text, room);
                if (!more) {
                    perror("realloc");
                    free(text);
                    fclose(file);
                    return 2;
                }
                text = more;
            }
            got = fread(text + length, 1, room - length, file);
        } while (got > 0);
        print_report(argv[i], count_words(text, length), length);
        free(text);
        fclose(file);
    }
    return status;
}
