/* PackBits, the run-length code of PSD, PSB and TIFF (Apple technical note TN1023); see export/packbits.py, whose
   NumPy half gives the same bytes. Runs of three and more become repeats, everything else literals of up to 128. */
#include <stdint.h>
#include <string.h>

static uint8_t *literals(uint8_t *out, const uint8_t *row, long step, long from, long to) {
    while (from < to) {
        long n = to - from < 128 ? to - from : 128;
        *out++ = (uint8_t)(n - 1);
        for (long k = 0; k < n; k++) *out++ = row[(from + k) * step];
        from += n;
    }
    return out;
}

/* Packs `height` rows of `width` bytes that lie `step` apart, rows `stride` apart. `out` must hold
   height * (width + width / 128 + 2) bytes; `lengths` gets each row's packed length. Returns the bytes written. */
long delaminate_packbits_encode(
    const uint8_t *in, long height, long width, long stride, long step, uint8_t *out, uint32_t *lengths) {
    uint8_t *const start = out;
    for (long y = 0; y < height; y++) {
        const uint8_t *row = in + y * stride;
        uint8_t *const row_start = out;
        long done = 0, x = 0;
        while (x < width) {
            const uint8_t value = row[x * step];
            long run = 1;
            while (x + run < width && row[(x + run) * step] == value) run++;
            if (run < 3) {
                x += run;
                continue;
            }
            out = literals(out, row, step, done, x);
            while (run >= 3) {
                long n = run < 128 ? run : 128;
                *out++ = (uint8_t)(257 - n);
                *out++ = value;
                x += n;
                run -= n;
            }
            done = x;
            x += run;
        }
        out = literals(out, row, step, done, width);
        lengths[y] = (uint32_t)(out - row_start);
    }
    return out - start;
}

/* Unpacks rows of the given packed lengths, which must add up to no more than the bytes at `in`, into height * width
   bytes. Returns 1, or 0 where a row does not fill its width or runs over it. */
int delaminate_packbits_decode(const uint8_t *in, const uint32_t *lengths, long height, long width, uint8_t *out) {
    for (long y = 0; y < height; y++, out += width) {
        const uint8_t *const end = in + lengths[y];
        long x = 0;
        while (in < end) {
            const int head = *in++;
            if (head == 128) continue;
            const long n = head < 128 ? head + 1 : 257 - head;
            const long needs = head < 128 ? n : 1;
            if (x + n > width || end - in < needs) return 0;
            if (head < 128) memcpy(out + x, in, (size_t)n);
            else memset(out + x, *in, (size_t)n);
            in += needs;
            x += n;
        }
        if (x != width) return 0;
    }
    return 1;
}
