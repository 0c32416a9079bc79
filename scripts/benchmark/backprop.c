// Backpropagation with a batch of one, as fast as one core does it: what learning on the chip is
// compared with. Written for the compiler's vector extension (GCC, Clang) and one thread.
//
// Hidden neurons: r = min(max(v, lo), hi), slope 1 strictly between; outputs linear, r = v; loss
// 1/2 ||t - r||^2 with t one-hot; W += rate * delta r^T after every sample, but of one whose class's
// output leads all others by a margin: that is left alone, and its backward pass, too.
//
// A matrix lies input by input: row j holds what input j sends to all outputs, padded with zeros to
// whole vectors; the last row is the bias. So the forward pass and the update need no sum across a
// vector, one walk over the rows does backward pass and update, and an input that is zero can be
// left out: rows are walked along a list of inputs, of all or of those that are not zero.

#include <math.h>
#include <stddef.h>
#include <string.h>

enum { WIDTH = 16, TILE = 8, LAYERS = 8 };

typedef float vec __attribute__((vector_size(4 * WIDTH), may_alias));

/// Inputs that a layer walks: their rows and values, the bias last.
struct list {
    int count;
    int *row;
    float *value;
};

/// v of `tiles` vectors of outputs. `chains` sums side by side hide the latency of an addition.
static inline __attribute__((always_inline)) void sum_tile(
    const struct list *in, const float *weights, size_t stride, float *v, int tiles, int chains) {
    vec sum[TILE] = {{0}};
    int i = 0;
    for (; i + chains <= in->count; i += chains)
        for (int c = 0; c < chains; c++) {
            const vec *w = (const vec *)(weights + (size_t)in->row[i + c] * stride);
            for (int t = 0; t < tiles; t++) sum[c * tiles + t] += in->value[i + c] * w[t];
        }
    for (; i < in->count; i++) {
        const vec *w = (const vec *)(weights + (size_t)in->row[i] * stride);
        for (int t = 0; t < tiles; t++) sum[t] += in->value[i] * w[t];
    }
    for (int t = 0; t < tiles; t++) {
        for (int c = 1; c < chains; c++) sum[t] += sum[c * tiles + t];
        ((vec *)v)[t] = sum[t];
    }
}

static void forward(const struct list *in, const float *weights, size_t stride, float *v) {
    for (size_t at = 0; at < stride;) {
        const size_t tiles = (stride - at) / WIDTH;
        const float *w = weights + at;
        if (tiles >= 8) {
            sum_tile(in, w, stride, v + at, 8, 1);
            at += 8 * WIDTH;
        } else if (tiles >= 4) {
            sum_tile(in, w, stride, v + at, 4, 2);
            at += 4 * WIDTH;
        } else if (tiles >= 2) {
            sum_tile(in, w, stride, v + at, 2, 4);
            at += 2 * WIDTH;
        } else {
            sum_tile(in, w, stride, v + at, 1, 8);
            at += WIDTH;
        }
    }
}

static float across(vec sums) {
    float total[WIDTH];
    memcpy(total, &sums, sizeof total);
    for (int half = WIDTH / 2; half; half /= 2)
        for (int i = 0; i < half; i++) total[i] += total[i + half];
    return total[0];
}

/// W += rate delta r^T along the list; before that, for hidden inputs, error[j] = W_j . delta.
static void backward_and_update(const struct list *in, float *weights, size_t stride,
                                const float *delta, float rate, float *error) {
    const size_t tiles = stride / WIDTH;
    const vec *d = (const vec *)delta;
    for (int i = 0; i < in->count; i++) {
        vec *w = (vec *)(weights + (size_t)in->row[i] * stride);
        const float step = rate * in->value[i];
        if (error) {
            vec sums = {0};
            for (size_t t = 0; t < tiles; t++) {
                sums += w[t] * d[t];
                w[t] += step * d[t];
            }
            error[in->row[i]] = across(sums);
        } else {
            for (size_t t = 0; t < tiles; t++) w[t] += step * d[t];
        }
    }
}

static size_t padded(int size) { return ((size_t)size + WIDTH - 1) / WIDTH * WIDTH; }

static void enlist(struct list *in, const float *rates, int size, int skip) {
    int count = 0;
    for (int first = 0; first < size; first += WIDTH) {
        const int end = first + WIDTH < size ? first + WIDTH : size;
        if (skip && end == first + WIDTH) {  // zeros come in runs: look at a whole vector at once
            unsigned bits[WIDTH], any = 0;
            memcpy(bits, rates + first, sizeof bits);
            for (int i = 0; i < WIDTH; i++) any |= bits[i] << 1;  // but for the sign
            if (!any) continue;
        }
        for (int j = first; j < end; j++) {
            in->row[count] = j;
            in->value[count] = rates[j];
            count += !skip || rates[j] != 0;
        }
    }
    in->row[count] = size;
    in->value[count] = 1;
    in->count = count + 1;
}

/// By how much the output of a class leads all others.
static float lead(const float *v, int size, int label) {
    float others = -INFINITY;
    for (int i = 0; i < size; i++)
        if (i != label && v[i] > others) others = v[i];
    return v[label] - others;
}

/// Floats of a vector; what the caller's arrays are padded and aligned to.
int vector_width(void) { return WIDTH; }

/// Learn from `samples` samples one after the other; the loss of each, before it is learned from.
///
/// sizes: `layers` numbers, input first. weights: all matrices, one after the other, aligned to a
/// vector. x: samples x sizes[0]. floats: 3 * layers * (largest size, padded, + WIDTH) of scratch,
/// aligned; integers: layers * (largest size + 1). skip: leave out what is zero. margin: of the
/// samples that are left alone; INFINITY: none is.
/// Returns how many samples were left alone, or -1 if there are too many layers.
int learn(int layers, const int *sizes, float *weights, const float *x, const int *labels,
          int samples, float rate, float lo, float hi, float margin, int skip, float *losses,
          float *floats, int *integers) {
    float *matrix[LAYERS], *v[LAYERS], *error[LAYERS];
    struct list list[LAYERS];
    size_t most = 0;
    int left = 0;
    if (layers > LAYERS) return -1;
    for (int l = 0; l < layers; l++)
        if (padded(sizes[l]) > most) most = padded(sizes[l]);
    const size_t room = most + WIDTH;  // one more than a layer, for the bias
    for (int l = 0; l < layers; l++) {
        v[l] = floats + (3 * (size_t)l + 0) * room;
        error[l] = floats + (3 * (size_t)l + 1) * room;
        list[l].value = floats + (3 * (size_t)l + 2) * room;
        list[l].row = integers + (size_t)l * room;
        if (l) {
            matrix[l] = weights;
            weights += (size_t)(sizes[l - 1] + 1) * padded(sizes[l]);
        }
    }
    const int top = layers - 1;
    for (int sample = 0; sample < samples; sample++, x += sizes[0]) {
        enlist(&list[0], x, sizes[0], skip);
        for (int l = 1; l <= top; l++) {
            const size_t stride = padded(sizes[l]);
            forward(&list[l - 1], matrix[l], stride, v[l]);
            if (l == top) break;
            float *rates = error[l];  // free until the backward pass
            for (size_t i = 0; i < stride; i++) {
                const float above = v[l][i] > lo ? v[l][i] : lo;
                rates[i] = above < hi ? above : hi;
            }
            // A rate of zero has a slope of zero only where it is the lower bound.
            enlist(&list[l], rates, sizes[l], skip && lo == 0);
        }
        float *delta = error[top], loss = 0;
        memset(delta, 0, padded(sizes[top]) * sizeof *delta);
        for (int i = 0; i < sizes[top]; i++) {
            delta[i] = (i == labels[sample]) - v[top][i];
            loss += delta[i] * delta[i];
        }
        losses[sample] = 0.5f * loss;
        if (margin < INFINITY && lead(v[top], sizes[top], labels[sample]) >= margin) {
            left++;
            continue;
        }
        for (int l = top; l > 0; l--) {
            float *below = l > 1 ? error[l - 1] : NULL;
            // What the walk leaves out is at its lower bound and gets no error.
            if (below) memset(below, 0, room * sizeof *below);
            backward_and_update(&list[l - 1], matrix[l], padded(sizes[l]), error[l], rate, below);
            if (below) {
                for (size_t i = 0; i < padded(sizes[l - 1]); i++) {
                    const int slope = (v[l - 1][i] > lo) & (v[l - 1][i] < hi);
                    below[i] = slope ? below[i] : 0;
                }
                below[sizes[l - 1]] = 0;  // the bias; zeros keep what pads the matrix below at zero
            }
        }
    }
    return left;
}
