// SPDX-License-Identifier: Apache-2.0
// The server: listeners, slots, timeouts, and what its user calls.
#include "http/server.h"

#include <assert.h>

#include "http/slots.h"
#include "port/clock.h"
#include "port/memory.h"

// ---- Slots ----

static isere_http_slot_t *first_of(isere_http_server_t *server, isere_http_wait_t wait) {
  isere_list_t *slots = &server->waiting[wait].slots;
  return isere_list_empty(slots) ? NULL : ISERE_CONTAINER_OF(slots->next, isere_http_slot_t, node);
}

// The slot that a new client may have: of one that is done, of the longest idle, or of the longest
// silent one.
static isere_http_slot_t *find_victim(isere_http_server_t *server) {
  isere_http_slot_t *slot = first_of(server, ISERE_HTTP_WAIT_LINGER);
  if (slot == NULL) {
    slot = first_of(server, ISERE_HTTP_WAIT_IDLE);
  }
  if (slot != NULL) {
    return slot;
  }
  isere_http_slot_t *body = first_of(server, ISERE_HTTP_WAIT_BODY);
  slot = first_of(server, ISERE_HTTP_WAIT_HEAD);
  if (slot == NULL || (body != NULL && body->since_ms < slot->since_ms)) {
    slot = body;
  }
  const bool silent =
      slot != NULL && isere_port_clock_now_ms() - slot->since_ms >= ISERE_HTTP_GRACE_MS;
  return silent ? slot : NULL;
}

static isere_http_slot_t *take_slot(isere_http_server_t *server) {
  isere_http_slot_t *slot = isere_pool_take(&server->slots);
  if (slot != NULL) {
    return slot;
  }
  isere_http_slot_t *victim = find_victim(server);
  server->refused++;
  if (victim == NULL) {
    return NULL;
  }
  isere_http_slot_evict(victim);
  return isere_pool_take(&server->slots);
}

// ---- What the port calls ----

static void *on_accept(void *arg, isere_net_conn_t *net) {
  isere_http_server_t *server = arg;
  isere_http_slot_t *slot = take_slot(server);
  if (slot == NULL) {
    isere_http_send_busy(server, net);
    return NULL;
  }
  isere_http_conn_init(&slot->conn, &server->shared);
  slot->server = server;
  slot->net = net;
  slot->wait = ISERE_HTTP_WAITS;
  slot->lingered_bytes = 0;
  slot->running = false;
  slot->shut_down = false;
  slot->peer_len = 0;
  isere_list_init(&slot->node);
  isere_list_init(&slot->resume);
  isere_http_slot_run(slot);
  return slot;
}

static void on_readable(void *user) {
  isere_http_slot_t *slot = user;
  slot->conn.unread = true;
  isere_http_slot_run(slot);
}

static void on_writable(void *user) {
  isere_http_slot_run(user);
}

static void on_closed(void *user) {
  isere_http_slot_t *slot = user;
  slot->net = NULL;
  isere_http_slot_lose(slot, false);
}

static const isere_net_handlers_t handlers = {
    .on_accept = on_accept,
    .on_readable = on_readable,
    .on_writable = on_writable,
    .on_closed = on_closed,
};

// ---- Timers ----

static void expire(isere_http_slot_t *slot) {
  switch (slot->wait) {
  case ISERE_HTTP_WAIT_HEAD:
  case ISERE_HTTP_WAIT_BODY:
    isere_http_conn_refuse(&slot->conn, 408, "the request was not complete in time");
    isere_http_slot_run(slot);
    break;
  case ISERE_HTTP_WAIT_SEND:
  case ISERE_HTTP_WAIT_HALF_CLOSED:
    isere_http_slot_lose(slot, true);
    break;
  default:
    isere_http_slot_lose(slot, false);
    break;
  }
}

static void on_wait_timer(isere_timer_t *timer) {
  isere_http_waiting_t *waiting = ISERE_CONTAINER_OF(timer, isere_http_waiting_t, timer);
  isere_http_server_t *server = waiting->server;
  const isere_http_wait_t wait = (isere_http_wait_t)(waiting - server->waiting);
  const uint64_t now_ms = isere_port_clock_now_ms();
  isere_http_slot_t *slot;
  while ((slot = first_of(server, wait)) != NULL) {
    const uint64_t due_ms = slot->since_ms + waiting->limit_ms;
    if (due_ms > now_ms) {
      isere_loop_timer_start(server->loop, timer, due_ms - now_ms);
      return;
    }
    expire(slot);
  }
}

void isere_http_server_resume(isere_http_server_t *server) {
  if (!isere_timer_running(&server->resume_timer)) {
    isere_loop_timer_start(server->loop, &server->resume_timer, 0);
  }
}

void isere_http_server_check_drained(isere_http_server_t *server) {
  if (server->drained != NULL && server->slots.used == 0 && server->exchanges == 0) {
    isere_http_server_resume(server);
  }
}

static void on_resume_timer(isere_timer_t *timer) {
  isere_http_server_t *server = ISERE_CONTAINER_OF(timer, isere_http_server_t, resume_timer);
  isere_list_t turn; // those of now: who needs another turn waits for the next one
  isere_list_t *node;
  isere_list_init(&turn);
  while ((node = isere_list_take_first(&server->resume)) != NULL) {
    isere_list_append(&turn, node);
  }
  while ((node = isere_list_take_first(&turn)) != NULL) {
    isere_http_slot_run(ISERE_CONTAINER_OF(node, isere_http_slot_t, resume));
  }
  if (server->drained != NULL && server->slots.used == 0 && server->exchanges == 0) {
    void (*drained)(void *arg) = server->drained;
    server->drained = NULL;
    drained(server->drained_arg);
  }
}

// ---- What the user calls ----

#define STORAGE_ALIGN 64

static void unmap(void *memory, size_t bytes) {
  if (memory != NULL) {
    isere_port_memory_unmap(memory, bytes);
  }
}

static void unmap_pool(const isere_pool_t *pool) {
  unmap(pool->storage, pool->block_bytes * pool->block_count);
}

static uint32_t limited(uint32_t wanted, uint32_t limit) {
  return wanted > 0 && wanted < limit ? wanted : limit;
}

static uint32_t limit_of(const isere_http_server_config_t *config, isere_http_wait_t wait) {
  switch (wait) {
  case ISERE_HTTP_WAIT_IDLE:
    return config->idle_ms > 0 ? config->idle_ms : ISERE_HTTP_IDLE_MS_MAX;
  case ISERE_HTTP_WAIT_HEAD:
    return config->head_ms > 0 ? config->head_ms : ISERE_HTTP_HEAD_MS_MAX;
  case ISERE_HTTP_WAIT_BODY:
    return config->head_ms > 0 ? config->head_ms : ISERE_HTTP_BODY_MS_MAX;
  case ISERE_HTTP_WAIT_SEND:
    return ISERE_HTTP_SEND_MS_MAX;
  case ISERE_HTTP_WAIT_LINGER:
    return ISERE_HTTP_LINGER_MS_MAX;
  case ISERE_HTTP_WAIT_HALF_CLOSED:
    return ISERE_HTTP_HALF_CLOSED_MS_MAX;
  default:
    return 0;
  }
}

isere_err_t isere_http_server_open(const isere_http_server_config_t *config, isere_loop_t *loop,
                                   isere_http_server_t **out) {
  const size_t conns = limited(config->conns_max, ISERE_HTTP_CONNS_MAX);
  const size_t blocks = limited(config->blocks_max, ISERE_HTTP_BLOCKS_MAX);
  isere_http_server_t *server = isere_port_memory_map(sizeof(*server), STORAGE_ALIGN);
  void *slots_storage = isere_port_memory_map(conns * sizeof(isere_http_slot_t), STORAGE_ALIGN);
  void *blocks_storage = isere_port_memory_map(blocks * ISERE_HTTP_BLOCK_BYTES, STORAGE_ALIGN);
  if (server == NULL || slots_storage == NULL || blocks_storage == NULL) {
    unmap(blocks_storage, blocks * ISERE_HTTP_BLOCK_BYTES);
    unmap(slots_storage, conns * sizeof(isere_http_slot_t));
    unmap(server, sizeof(*server));
    return ISERE_ERR_NOMEM;
  }
  *server = (isere_http_server_t){
      .config = *config,
      .loop = loop,
      .resume_timer = {.fn = on_resume_timer},
  };
  isere_pool_init(&server->slots, slots_storage, sizeof(isere_http_slot_t), conns);
  isere_pool_init(&server->shared.pool, blocks_storage, ISERE_HTTP_BLOCK_BYTES, blocks);
  isere_list_init(&server->resume);
  for (size_t i = 0; i < ISERE_HTTP_WAITS; i++) {
    server->waiting[i].server = server;
    server->waiting[i].limit_ms = limit_of(config, (isere_http_wait_t)i);
    server->waiting[i].timer.fn = on_wait_timer;
    isere_list_init(&server->waiting[i].slots);
  }
  *out = server;
  return ISERE_OK;
}

isere_err_t isere_http_server_listen(isere_http_server_t *server, const char *host, uint16_t port) {
  if (server->listener_count == ISERE_HTTP_LISTENERS_MAX) {
    return ISERE_ERR_BUSY;
  }
  const isere_err_t err = isere_port_net_listen(host, port, &handlers, server,
                                                &server->listeners[server->listener_count]);
  if (err == ISERE_OK) {
    server->listener_count++;
  }
  return err;
}

uint16_t isere_http_server_port(const isere_http_server_t *server) {
  assert(server->listener_count > 0);
  return isere_port_net_listener_port(server->listeners[0]);
}

static void close_listeners(isere_http_server_t *server) {
  while (server->listener_count > 0) {
    server->listener_count--;
    isere_port_net_listener_close(server->listeners[server->listener_count]);
  }
}

static void end_keep_alive(isere_http_server_t *server, isere_http_wait_t wait) {
  const isere_list_t *slots = &server->waiting[wait].slots;
  for (isere_list_t *node = slots->next; node != slots; node = node->next) {
    isere_http_slot_t *slot = ISERE_CONTAINER_OF(node, isere_http_slot_t, node);
    slot->conn.work->exchange.response.keep_alive = false;
  }
}

void isere_http_server_drain(isere_http_server_t *server, void (*done)(void *arg), void *arg) {
  isere_http_slot_t *slot;
  server->shared.draining = true;
  server->drained = done;
  server->drained_arg = arg;
  close_listeners(server);
  end_keep_alive(server, ISERE_HTTP_WAIT_USER);
  end_keep_alive(server, ISERE_HTTP_WAIT_HALF_CLOSED);
  while ((slot = first_of(server, ISERE_HTTP_WAIT_IDLE)) != NULL) {
    slot->conn.unread = true; // a request may have arrived that was not told yet
    isere_http_slot_run(slot);
  }
  isere_http_server_check_drained(server);
}

void isere_http_server_close(isere_http_server_t *server) {
  assert(server->exchanges == 0);
  close_listeners(server);
  server->drained = NULL;
  for (int i = 0; i < ISERE_HTTP_WAITS; i++) {
    isere_http_slot_t *slot;
    while ((slot = first_of(server, (isere_http_wait_t)i)) != NULL) {
      isere_http_slot_lose(slot, true);
    }
    isere_loop_timer_stop(server->loop, &server->waiting[i].timer);
  }
  isere_loop_timer_stop(server->loop, &server->resume_timer);
  assert(server->shared.pool.used == 0);
  unmap_pool(&server->shared.pool);
  unmap_pool(&server->slots);
  unmap(server, sizeof(*server));
}

void isere_http_server_stats(const isere_http_server_t *server, isere_http_server_stats_t *out) {
  *out = (isere_http_server_stats_t){
      .conns = server->slots.used,
      .exchanges = server->exchanges,
      .blocks_used = server->shared.pool.used,
      .requests = server->requests,
      .refused = server->refused,
      .bad_requests = server->shared.bad_requests,
  };
}

static isere_http_slot_t *slot_of(isere_http_work_t *work) {
  return ISERE_CONTAINER_OF(work->conn, isere_http_slot_t, conn);
}

void isere_http_exchange_send(isere_http_server_t *server, isere_http_exchange_t *exchange) {
  isere_http_work_t *work = ISERE_CONTAINER_OF(exchange, isere_http_work_t, exchange);
  assert(server->exchanges > 0);
  server->exchanges--;
  if (work->conn == NULL) {
    isere_http_work_free(&server->shared, work);
    isere_http_server_check_drained(server);
    return;
  }
  isere_http_slot_t *slot = slot_of(work);
  isere_http_conn_answered(&slot->conn);
  if (!slot->running) {
    isere_http_slot_answer(slot);
  }
}

void isere_http_exchange_end(isere_http_server_t *server, isere_http_exchange_t *exchange) {
  isere_http_work_t *work = ISERE_CONTAINER_OF(exchange, isere_http_work_t, exchange);
  assert(server->exchanges > 0);
  server->exchanges--;
  if (work->conn != NULL) {
    isere_http_slot_t *slot = slot_of(work);
    isere_http_conn_answered(&slot->conn); // no longer at the user: nobody is told
    isere_http_slot_lose(slot, true);
    return;
  }
  isere_http_work_free(&server->shared, work);
  isere_http_server_check_drained(server);
}
