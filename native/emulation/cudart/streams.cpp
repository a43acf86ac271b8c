// Streams and events. Every piece of work has a number, counted over all streams; an event stands for the numbers of its stream up to
// some point. Running a stream's work runs what it has to come after: what the default stream and the blocking streams owe each other,
// and the events it waits for. Nothing else runs before it must.
#include "streams.h"

#include "../emulation.h"
#include "device.h"
#include "memory.h"

#include <chrono>
#include <deque>
#include <set>

struct Work {
    int64_t number;
    std::function<void()> run;
};

struct CUstream_st {
    bool blocking; // ordered with the default stream
    std::deque<Work> work;
    bool running = false;
};

struct CUevent_st {
    bool recorded = false;
    cudaStream_t stream = nullptr; // as the caller names it
    int64_t number = 0;            // stands for the stream's work up to here
    bool timed = true;
    std::chrono::steady_clock::time_point time = {};
};

namespace dhmq_emulation {
namespace {

struct Streams {
    CUstream_st default_stream = {true, {}};
    std::set<cudaStream_t> others;
    std::set<cudaEvent_t> events;
    int64_t next_number = 1;
};

Streams &streams() {
    static Streams instance;
    return instance;
}

/// Null where there is no such stream.
cudaStream_t find(cudaStream_t stream) {
    if (stream == nullptr) {
        return &streams().default_stream;
    }
    return streams().others.count(stream) != 0 ? stream : nullptr;
}

bool is_event(cudaEvent_t event) { return streams().events.count(event) != 0; }

void run_up_to(cudaStream_t stream, int64_t number);

/// Work of a blocking stream comes after all that was given to the default stream before it, and the other way round.
void run_before(cudaStream_t stream, int64_t number) {
    if (!stream->blocking) {
        return;
    }
    if (stream != &streams().default_stream) {
        run_up_to(&streams().default_stream, number);
        return;
    }
    for (cudaStream_t other : std::set<cudaStream_t>(streams().others)) {
        if (other->blocking) {
            run_up_to(other, number);
        }
    }
}

void run_up_to(cudaStream_t stream, int64_t number) {
    while (!stream->running && !stream->work.empty() && stream->work.front().number <= number) {
        stream->running = true;
        run_before(stream, stream->work.front().number);
        const Work work = std::move(stream->work.front());
        stream->work.pop_front();
        if (failure_of("") == cudaSuccess) { // after a fault the device runs nothing
            work.run();
        }
        stream->running = false;
    }
}

/// Where the stream has been destroyed since, it has run everything.
void run_up_to(const CUevent_st &event) {
    const cudaStream_t stream = event.recorded ? find(event.stream) : nullptr;
    if (stream != nullptr) {
        run_up_to(stream, event.number);
    }
}

void run_stream(cudaStream_t stream) {
    run_up_to(stream, INT64_MAX);
    check_borders();
}

} // namespace

cudaError_t enqueue(cudaStream_t stream, std::function<void()> work) {
    const cudaStream_t found = find(stream);
    if (found == nullptr) {
        return cudaErrorInvalidResourceHandle;
    }
    found->work.push_back({streams().next_number++, std::move(work)});
    if (!defers()) {
        run_stream(found);
    }
    return cudaSuccess;
}

cudaError_t run(cudaStream_t stream) {
    const cudaStream_t found = find(stream);
    if (found == nullptr) {
        return cudaErrorInvalidResourceHandle;
    }
    run_stream(found);
    return cudaSuccess;
}

void run_all() {
    run_up_to(&streams().default_stream, INT64_MAX);
    for (cudaStream_t stream : std::set<cudaStream_t>(streams().others)) {
        run_up_to(stream, INT64_MAX);
    }
    check_borders();
}

void forget_work() {
    streams().default_stream.work.clear();
    for (cudaStream_t stream : streams().others) {
        stream->work.clear();
    }
}

} // namespace dhmq_emulation

using namespace dhmq_emulation;

extern "C" {

int64_t dhmq_emulation_handles(void) {
    const std::lock_guard guard(device_lock());
    return std::ssize(streams().others) + std::ssize(streams().events);
}

int64_t dhmq_emulation_pending(void) {
    const std::lock_guard guard(device_lock());
    int64_t pending = std::ssize(streams().default_stream.work);
    for (cudaStream_t stream : streams().others) {
        pending += std::ssize(stream->work);
    }
    return pending;
}

DHMQ_EMULATION_EXPORT cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned flags) {
    return call(__func__, [&] {
        if (stream == nullptr || flags > cudaStreamNonBlocking) {
            return cudaErrorInvalidValue;
        }
        *stream = new CUstream_st{flags == cudaStreamDefault, {}};
        streams().others.insert(*stream);
        return cudaSuccess;
    });
}

DHMQ_EMULATION_EXPORT cudaError_t cudaStreamDestroy(cudaStream_t stream) {
    return call(__func__, [&] {
        if (streams().others.count(stream) == 0) {
            return cudaErrorInvalidResourceHandle;
        }
        run_stream(stream);
        streams().others.erase(stream);
        delete stream;
        return cudaSuccess;
    });
}

DHMQ_EMULATION_EXPORT cudaError_t cudaStreamQuery(cudaStream_t stream) {
    return call(__func__, [&] {
        const cudaStream_t found = find(stream);
        if (found == nullptr) {
            return cudaErrorInvalidResourceHandle;
        }
        return found->work.empty() ? cudaSuccess : cudaErrorNotReady;
    });
}

DHMQ_EMULATION_EXPORT cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
    return call_and_wait(__func__, [&] { return run(stream); });
}

DHMQ_EMULATION_EXPORT cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned flags) {
    return call(__func__, [&] {
        if (find(stream) == nullptr || !is_event(event) || flags != 0) {
            return cudaErrorInvalidResourceHandle;
        }
        if (!event->recorded) {
            return cudaSuccess;
        }
        return enqueue(stream, [awaited = *event] { run_up_to(awaited); });
    });
}

DHMQ_EMULATION_EXPORT cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned flags) {
    return call(__func__, [&] {
        if (event == nullptr || (flags & ~static_cast<unsigned>(cudaEventDisableTiming)) != 0) {
            return cudaErrorInvalidValue;
        }
        *event = new CUevent_st;
        (*event)->timed = (flags & cudaEventDisableTiming) == 0;
        streams().events.insert(*event);
        return cudaSuccess;
    });
}

DHMQ_EMULATION_EXPORT cudaError_t cudaEventDestroy(cudaEvent_t event) {
    return call(__func__, [&] {
        if (streams().events.erase(event) == 0) {
            return cudaErrorInvalidResourceHandle;
        }
        delete event;
        return cudaSuccess;
    });
}

DHMQ_EMULATION_EXPORT cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
    return call(__func__, [&] {
        if (find(stream) == nullptr || !is_event(event)) {
            return cudaErrorInvalidResourceHandle;
        }
        event->recorded = true;
        event->stream = stream;
        event->number = streams().next_number;
        return enqueue(stream, [event] {
            if (is_event(event)) {
                event->time = std::chrono::steady_clock::now();
            }
        });
    });
}

DHMQ_EMULATION_EXPORT cudaError_t cudaEventQuery(cudaEvent_t event) {
    return call(__func__, [&] {
        if (!is_event(event)) {
            return cudaErrorInvalidResourceHandle;
        }
        const cudaStream_t stream = event->recorded ? find(event->stream) : nullptr;
        const bool waits = stream != nullptr && !stream->work.empty() && stream->work.front().number <= event->number;
        return waits ? cudaErrorNotReady : cudaSuccess;
    });
}

DHMQ_EMULATION_EXPORT cudaError_t cudaEventSynchronize(cudaEvent_t event) {
    return call_and_wait(__func__, [&] {
        if (!is_event(event)) {
            return cudaErrorInvalidResourceHandle;
        }
        run_up_to(*event);
        check_borders();
        return cudaSuccess;
    });
}

DHMQ_EMULATION_EXPORT cudaError_t cudaEventElapsedTime(float *milliseconds, cudaEvent_t start, cudaEvent_t end) {
    return call(__func__, [&] {
        if (milliseconds == nullptr || !is_event(start) || !is_event(end) || !start->recorded || !end->recorded || !start->timed ||
            !end->timed) {
            return cudaErrorInvalidResourceHandle;
        }
        *milliseconds = std::chrono::duration<float, std::milli>(end->time - start->time).count();
        return cudaSuccess;
    });
}

} // extern "C"
