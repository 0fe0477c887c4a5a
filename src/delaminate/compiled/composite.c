/* Alpha-over on rows, as Pillow's AlphaComposite.c rounds it; see composite.py, whose numpy code is the oracle.

   Pixels are four channels, alpha last; strides are in bytes. Most pixels of a layer are transparent or opaque, so a
   row is taken apart into runs: skipped, copied, or blended. Over an opaque canvas the blend needs no division:
   Pillow's weight a·255·255·2⁷ / (255·255) is a·2⁷ exactly, and its rounding of the shifted sum is that of the sum. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define CHUNK 64

/* n ≤ CHUNK pixels over opaque ones. Sums stay within 16 bits (255·255 + 128), so the loops vectorise. */
static void blend_opaque_8(const uint8_t *source, uint8_t *under, ptrdiff_t n) {
    uint8_t colour[4 * CHUNK], alpha[4 * CHUNK];
    for (ptrdiff_t i = 0; i < n; i++) {
        const uint8_t a = source[4 * i + 3];
        alpha[4 * i] = a, alpha[4 * i + 1] = a, alpha[4 * i + 2] = a, alpha[4 * i + 3] = a;
    }
    memcpy(colour, source, (size_t)(4 * n));
    for (ptrdiff_t i = 0; i < n; i++) colour[4 * i + 3] = 255;
    for (ptrdiff_t i = 0; i < 4 * n; i++) {
        const uint16_t a = alpha[i];
        const uint16_t sum = (uint16_t)(colour[i] * a + under[i] * (uint16_t)(255 - a) + 128);
        under[i] = (uint8_t)((uint16_t)(sum + (sum >> 8)) >> 8);
    }
}

static void blend_8(const uint8_t *s, uint8_t *u) {
    const uint32_t a = s[3], b = u[3], total = a * 255 + b * (255 - a);
    const uint32_t c1 = a * (255u * 255u << 7) / total, c2 = (255u << 7) - c1;
    for (int k = 0; k < 3; k++) {
        const uint32_t sum = s[k] * c1 + u[k] * c2 + (0x80u << 7);
        u[k] = (uint8_t)((((sum >> 8) + sum) >> 8) >> 7);
    }
    u[3] = (uint8_t)((((total + 0x80) >> 8) + total + 0x80) >> 8);
}

static void row_8(const uint8_t *s, uint8_t *u, ptrdiff_t width) {
    ptrdiff_t x = 0;
    while (x < width) {
        ptrdiff_t end = x;
        if (s[4 * x + 3] == 0) {
            while (end < width && s[4 * end + 3] == 0) end++;
        } else if (s[4 * x + 3] == 255) {
            while (end < width && s[4 * end + 3] == 255) end++;
            memcpy(u + 4 * x, s + 4 * x, (size_t)(4 * (end - x)));
        } else if (u[4 * x + 3] == 255) {
            /* Opaque and transparent pixels blend to the right value too: only leave for a run worth leaving for. */
            const ptrdiff_t stop = x + CHUNK < width ? x + CHUNK : width;
            ptrdiff_t plain = 0;
            for (; end < stop && u[4 * end + 3] == 255 && plain < 8; end++) {
                const uint8_t a = s[4 * end + 3];
                plain = a == 0 || a == 255 ? plain + 1 : 0;
            }
            blend_opaque_8(s + 4 * x, u + 4 * x, end - x);
        } else {
            end = x + 1;
            blend_8(s + 4 * x, u + 4 * x);
        }
        x = end;
    }
}

static void blend_16(const uint16_t *s, uint16_t *u) {
    const uint64_t full = 65535, a = s[3], b = u[3];
    if (b == full) {
        for (int k = 0; k < 3; k++) u[k] = (uint16_t)((s[k] * a + u[k] * (full - a) + full / 2) / full);
        return;
    }
    const uint64_t w1 = a * full, w2 = b * (full - a), total = w1 + w2;
    for (int k = 0; k < 3; k++) u[k] = (uint16_t)((s[k] * w1 + u[k] * w2 + total / 2) / total);
    u[3] = (uint16_t)((total + full / 2) / full);
}

static void row_16(const uint16_t *s, uint16_t *u, ptrdiff_t width) {
    for (ptrdiff_t x = 0; x < width; x++, s += 4, u += 4) {
        if (s[3] == 0) continue;
        if (s[3] == 65535) memcpy(u, s, 4 * sizeof(uint16_t));
        else blend_16(s, u);
    }
}

/* Blend rows × width pixels of `source` over `under`, in place. */
void delaminate_over_8(const uint8_t *source, ptrdiff_t source_stride, uint8_t *under, ptrdiff_t under_stride,
                       ptrdiff_t rows, ptrdiff_t width) {
    for (ptrdiff_t y = 0; y < rows; y++) row_8(source + y * source_stride, under + y * under_stride, width);
}

void delaminate_over_16(const uint8_t *source, ptrdiff_t source_stride, uint8_t *under, ptrdiff_t under_stride,
                        ptrdiff_t rows, ptrdiff_t width) {
    for (ptrdiff_t y = 0; y < rows; y++)
        row_16((const uint16_t *)(source + y * source_stride), (uint16_t *)(under + y * under_stride), width);
}
