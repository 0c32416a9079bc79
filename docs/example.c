/* Ten samples learned on a board without Python: identifies it, writes weights and samples, lets it
 * learn, reads weights and a prediction. For weights of 16 bits, no matrices but W1 ... WL, inputs
 * that fit one write, and systems with termios: for example preset tiny.
 *
 *     cc -std=c99 -o example example.c && ./example PORT
 */
#define _DEFAULT_SOURCE
#include "cortigate.h"
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { SAMPLES = 10, SESSION = 0x2A5B, TIMEOUT_MS = 2000, ATTEMPTS = 5 };

static int port;
static uint8_t sequence; /* of the last request */
static uint8_t answer[256]; /* words of the last response */
static const uint8_t STRIDE[2] = {1, 0};

static int fail(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static void put(uint8_t *data, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        data[i] = (uint8_t)(value >> 8 * i);
}

static uint32_t get(const uint8_t *data, int bytes)
{
    return bytes == 0 ? 0 : data[0] | get(data + 1, bytes - 1) << 8;
}

static uint16_t crc_of(const uint8_t *data, int length)
{
    uint16_t crc = CORTIGATE_CRC_START;
    for (int i = 0; i < 8 * length; i++) {
        int bit = (data[i / 8] >> (7 - i % 8) & 1) ^ crc >> 15;
        crc = (uint16_t)(crc << 1 ^ (bit ? CORTIGATE_CRC_POLYNOMIAL : 0));
    }
    return crc;
}

/* Consistent overhead byte stuffing of at most 250 bytes; returns the length. */
static int stuff(const uint8_t *data, int length, uint8_t *out)
{
    int code = 0, end = 1;
    for (int i = 0; i <= length; i++)
        if (i == length || data[i] == 0) {
            out[code] = (uint8_t)(end - code);
            code = end++;
        } else {
            out[end++] = data[i];
        }
    return code;
}

/* The reverse; -1 if it is damaged. */
static int unstuff(const uint8_t *data, int length, uint8_t *out)
{
    int end = 0;
    for (int i = 0; i < length;) {
        int next = i + data[i];
        if (data[i] == 0 || next > length)
            return -1;
        while (++i < next)
            out[end++] = data[i];
        if (i < length)
            out[end++] = 0;
    }
    return end;
}

/* One frame from the line, without its zero byte; -1 if none comes in time. */
static int receive(uint8_t *frame)
{
    int length = 0;
    struct pollfd ready = {.fd = port, .events = POLLIN};
    while (poll(&ready, 1, TIMEOUT_MS) > 0 && read(port, frame + length, 1) == 1) {
        if (frame[length] == 0 && length > 0)
            return length;
        length += frame[length] != 0 && length < 299; /* a zero before it is no frame */
    }
    return -1;
}

/* Sends a request until it is answered; returns how many bytes of words came. */
static int request(int operation, int space, uint32_t address, int count, const uint8_t *rest,
                   int length)
{
    uint8_t body[256] = {++sequence, (uint8_t)operation, (uint8_t)space};
    uint8_t line[300] = {0}, heard[300], found[300];
    put(body + 3, address, 4);
    body[7] = (uint8_t)count;
    memcpy(body + 8, rest, (size_t)length);
    put(body + 8 + length, crc_of(body, 8 + length), 2);
    int end = 1 + stuff(body, 10 + length, line + 1);
    line[end++] = 0;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (write(port, line, (size_t)end) != end)
            fail("the port takes nothing");
        int got = unstuff(heard, receive(heard), found);
        if (got < 5 || crc_of(found, got - 2) != get(found + got - 2, 2) ||
            found[0] != sequence || found[1] != (operation | CORTIGATE_RESPONSE))
            continue; /* noise, or a late answer to an earlier request */
        if (found[2] != CORTIGATE_STATUS_OK)
            fail("the board refuses a request");
        memcpy(answer, found + 3, (size_t)got - 5);
        return got - 5;
    }
    return fail("no answer");
}

#define WRITE(space, address, count, words, length) \
    request(CORTIGATE_WRITE, CORTIGATE_SPACE_##space, address, count, words, length)

static uint32_t read_register(int address)
{
    request(CORTIGATE_READ, CORTIGATE_SPACE_REGISTERS, (uint32_t)address, 1, STRIDE, 2);
    return get(answer, 4);
}

/* Runs samples 0 ... count - 1 in order and waits for the end. */
static void run(uint32_t count, uint32_t bits)
{
    uint8_t settings[5 * 4] = {0}; /* COUNT, FIRST, SET_SIZE, POSITION, SHUFFLE_STATE */
    put(settings, count, 4);
    put(settings + 8, count, 4);
    WRITE(REGISTERS, CORTIGATE_REGISTER_COUNT, 5, settings, 20);
    put(settings, (uint32_t)SESSION << CORTIGATE_SESSION_SHIFT | bits | CORTIGATE_CONTROL_START, 4);
    WRITE(REGISTERS, CORTIGATE_REGISTER_CONTROL, 1, settings, 4);
    while (read_register(CORTIGATE_REGISTER_STATUS) & 1)
        usleep(1000);
    if (read_register(CORTIGATE_REGISTER_SAMPLES) != count)
        fail("the run ended early");
}

int main(int arguments, char **argument)
{
    struct termios settings;
    sequence = (uint8_t)getpid(); /* or the first request may look like an earlier one, repeated */
    if (arguments != 2 || (port = open(argument[1], O_RDWR | O_NOCTTY)) < 0 ||
        tcgetattr(port, &settings) != 0)
        fail("usage: example PORT, a serial port that opens");
    settings.c_iflag = settings.c_oflag = settings.c_lflag = 0;
    settings.c_cflag = CS8 | CREAD | CLOCAL;
    cfsetspeed(&settings, B115200); /* the slowest rate, which every board takes */
    tcsetattr(port, TCSAFLUSH, &settings);
    usleep(CORTIGATE_PAUSE_MICROSECONDS);
    request(CORTIGATE_READ, CORTIGATE_SPACE_IDENTITY, 0, 16, STRIDE, 2);
    if (memcmp(answer, "CG", 2) != 0 || answer[2] != CORTIGATE_PROTOCOL_VERSION)
        fail("this is no board, or of another version");
    int lanes = (int)get(answer + 12, 2), layers = answer[14], bytes = answer[15];
    int sizes[256], bits = 0; /* bits of a lane's number */
    request(CORTIGATE_READ, CORTIGATE_SPACE_IDENTITY, 16, 2 * layers, STRIDE, 2);
    for (int layer = 0; layer < layers; layer++)
        sizes[layer] = (int)get(answer + 2 * layer, 2);
    for (; 1 << bits < lanes; bits++) {}
    uint8_t data[2048] = {0};
    put(data, (uint32_t)SESSION << CORTIGATE_SESSION_SHIFT, 4);
    WRITE(REGISTERS, CORTIGATE_REGISTER_CONTROL, 1, data, 4); /* from now on it is ours */
    uint32_t base = 0; /* W[row][column] of a layer is lane row % lanes of the word below */
    for (int layer = 1; layer < layers; layer++) {
        int columns = sizes[layer - 1] + 1, blocks = (sizes[layer] + lanes - 1) / lanes;
        for (int row = 0; row < sizes[layer]; row++)
            for (int column = 0; column < columns; column++) {
                uint32_t word = base + (uint32_t)(row / lanes * columns + column);
                put(data, (uint32_t)(((7 * row + 3 * column) % 11 - 5) * 1024), bytes);
                WRITE(WEIGHTS, word << bits | (uint32_t)(row % lanes), 1, data, bytes);
            }
        base += (uint32_t)(blocks * columns);
    }
    int words = (sizes[0] + 1) / 2 + 1; /* of a sample: two inputs each, then the label */
    for (int sample = 0; sample < SAMPLES; sample++) {
        for (int input = 0; input < sizes[0]; input++)
            data[input] = (uint8_t)((37 * sample + 29 * input) % 129);
        data[sizes[0]] = 0;
        put(data + 2 * (words - 1), (uint32_t)(sample % sizes[layers - 1]), 2);
        WRITE(SAMPLES, (uint32_t)(sample * words), words, data, 2 * words);
    }
    run(SAMPLES, CORTIGATE_CONTROL_TRAIN);
    for (uint32_t word = 0; word < base; word++)
        for (int lane = 0; lane < lanes; lane++) {
            request(CORTIGATE_READ, CORTIGATE_SPACE_WEIGHTS, word << bits | (uint32_t)lane, 1,
                    STRIDE, 2);
            printf("weight %u %d %d\n", word, lane, (int16_t)get(answer, 2));
        }
    run(1, 0);
    request(CORTIGATE_READ, CORTIGATE_SPACE_SAMPLES, (uint32_t)words - 1, 1, STRIDE, 2);
    printf("prediction %d\n", answer[1]);
    return 0;
}
