// SPDX-License-Identifier: Apache-2.0
// port/net.h over Linux sockets, edge-triggered. A connection joins the epoll set only when it
// outlives the batch in which it was accepted: one that is answered and closed at once never costs
// an epoll_ctl.
#include "port/net.h"

#include <FreeRTOS.h>
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/list.h"
#include "base/log.h"
#include "base/pool.h"
#include "events.h"
#include "net_linux.h"

#define NET_LISTENERS_MAX 8
#define NET_ACCEPTS_PER_EVENT_MAX 64
#define NET_SPANS_MAX 16

// Connections that were closed keep their slot to the end of the batch, so there are some more
// slots than connections.
#define NET_CONNS_MAX (ISERE_HTTP_CONNS_MAX + NET_ACCEPTS_PER_EVENT_MAX)

struct isere_net_listener {
  isere_watch_t watch;
  const isere_net_handlers_t *handlers;
  void *arg;
  bool used;
};

struct isere_net_conn {
  isere_watch_t watch;
  isere_list_t link; // in net.fresh or net.closed
  const isere_net_handlers_t *handlers;
  void *user;
  bool was_passed_over; // while in net.fresh
  bool wants_write;     // a send took less than given
  union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
  } peer;
};

static struct {
  isere_net_listener_t listeners[NET_LISTENERS_MAX];
  isere_pool_t conns;
  isere_list_t fresh;  // accepted in this batch, not in the epoll set yet
  isere_list_t closed; // slots that the batch may still name
  bool share_port;
  bool starved; // listeners are paused: there was no file descriptor left
} net;

// ---- Connections ----

static void release_closed(void) {
  isere_list_t *node;
  while ((node = isere_list_take_first(&net.closed)) != NULL) {
    isere_pool_give(&net.conns, ISERE_CONTAINER_OF(node, isere_net_conn_t, link));
  }
}

static void listeners_pause(bool pause) {
  net.starved = pause;
  for (size_t i = 0; i < NET_LISTENERS_MAX; i++) {
    if (net.listeners[i].used) {
      (void)isere_events_rewatch(&net.listeners[i].watch, pause ? 0 : EPOLLIN);
    }
  }
}

static void conn_drop(isere_net_conn_t *conn) {
  isere_events_unwatch(&conn->watch);
  close(conn->watch.fd);
  conn->watch.fd = -1;
  isere_list_remove(&conn->link);
  isere_list_append(&net.closed, &conn->link);
  if (net.starved) {
    listeners_pause(false);
  }
}

static void conn_on_event(isere_watch_t *watch, uint32_t events) {
  isere_net_conn_t *conn = ISERE_CONTAINER_OF(watch, isere_net_conn_t, watch);
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
    void *user = conn->user;
    const isere_net_handlers_t *handlers = conn->handlers;
    conn_drop(conn);
    handlers->on_closed(user);
    return;
  }
  if ((events & EPOLLOUT) != 0 && conn->wants_write) {
    conn->wants_write = false;
    conn->handlers->on_writable(conn->user);
  }
  if ((events & (EPOLLIN | EPOLLRDHUP)) != 0 && !watch->gone) {
    conn->handlers->on_readable(conn->user);
    // The last bytes and the end of the stream may come as one event: a short read of the bytes
    // does not tell of the end.
    if ((events & EPOLLRDHUP) != 0 && !watch->gone) {
      conn->handlers->on_readable(conn->user);
    }
  }
}

static void watch(isere_net_conn_t *conn) {
  isere_list_remove(&conn->link);
  if (isere_events_watch(&conn->watch, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET) != ISERE_OK) {
    // Without memory for the epoll set the connection would never be heard again: end it, and let
    // its user learn of it from its next send or its timeout.
    shutdown(conn->watch.fd, SHUT_RDWR);
  }
}

// Before the process waits no batch names any slot; and what was accepted and is still open must be
// able to wake it. A look in between, while tasks run, leaves new clients until the next one: most
// are answered and closed by then.
static void before_wait(bool sleeps) {
  release_closed();
  isere_list_t *node = net.fresh.next;
  while (node != &net.fresh) {
    isere_net_conn_t *conn = ISERE_CONTAINER_OF(node, isere_net_conn_t, link);
    node = node->next;
    if (sleeps || conn->was_passed_over) {
      watch(conn);
    }
    conn->was_passed_over = true;
  }
}

// ---- Listeners ----

// Returns false when there is nothing more to accept now.
static bool accept_one(isere_net_listener_t *listener) {
  struct sockaddr_storage peer;
  socklen_t peer_len = sizeof(peer);
  const int fd = accept4(listener->watch.fd, (struct sockaddr *)&peer, &peer_len,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) {
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      isere_log(ISERE_LOG_WARN, "net", "cannot accept: %s; new clients wait", strerror(errno));
      listeners_pause(true);
      return false;
    }
    return errno == ECONNABORTED || errno == EINTR;
  }
  isere_net_conn_t *conn = isere_pool_take(&net.conns);
  if (conn == NULL) {
    close(fd);
    return true;
  }
  *conn = (isere_net_conn_t){
      .watch = {.fn = conn_on_event, .fd = fd},
      .handlers = listener->handlers,
  };
  memcpy(&conn->peer, &peer, peer_len < sizeof(conn->peer) ? peer_len : sizeof(conn->peer));
  isere_list_init(&conn->link);
  isere_list_append(&net.fresh, &conn->link);
  void *user = listener->handlers->on_accept(listener->arg, conn);
  if (conn->watch.gone) {
    return true;
  }
  if (user == NULL) {
    conn_drop(conn);
    return true;
  }
  conn->user = user;
  conn->handlers->on_readable(user);
  return true;
}

static void listener_on_event(isere_watch_t *watch, uint32_t events) {
  (void)events;
  isere_net_listener_t *listener = ISERE_CONTAINER_OF(watch, isere_net_listener_t, watch);
  for (int i = 0; i < NET_ACCEPTS_PER_EVENT_MAX && listener->used && accept_one(listener); i++) {}
}

static void on_batch_end(void) {
  for (size_t i = 0; i < NET_LISTENERS_MAX; i++) {
    if (net.listeners[i].used && net.listeners[i].handlers->on_batch_end != NULL) {
      net.listeners[i].handlers->on_batch_end(net.listeners[i].arg);
    }
  }
}

isere_err_t isere_net_linux_init(void) {
  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);
  }
  void *storage = pvPortMalloc(NET_CONNS_MAX * sizeof(isere_net_conn_t));
  if (storage == NULL) {
    return ISERE_ERR_NOMEM;
  }
  isere_pool_init(&net.conns, storage, sizeof(isere_net_conn_t), NET_CONNS_MAX);
  isere_list_init(&net.fresh);
  isere_list_init(&net.closed);
  isere_events_on_wait(before_wait);
  isere_events_on_batch_end(on_batch_end);
  return ISERE_OK;
}

void isere_net_linux_share_port(bool share) {
  net.share_port = share;
}

static isere_err_t err_of_errno(int error) {
  switch (error) {
  case EADDRINUSE:
    return ISERE_ERR_ADDRINUSE;
  case EACCES:
  case EPERM:
    return ISERE_ERR_ACCES;
  case ENOMEM:
  case EMFILE:
  case ENFILE:
  case ENOBUFS:
    return ISERE_ERR_NOMEM;
  default:
    return ISERE_ERR_INVAL; // EADDRNOTAVAIL and the like: not an address of this machine
  }
}

isere_err_t isere_net_linux_bind(const char *host, uint16_t port, bool share, int *out_fd) {
  char service[8];
  snprintf(service, sizeof(service), "%u", port);
  const struct addrinfo hints = {
      .ai_flags = AI_PASSIVE | AI_NUMERICSERV,
      .ai_socktype = SOCK_STREAM,
  };
  struct addrinfo *found = NULL;
  if (getaddrinfo(host, service, &hints, &found) != 0) {
    return ISERE_ERR_INVAL;
  }
  const int yes = 1;
  int error = 0;
  const int fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    error = errno;
  } else {
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (share) {
      (void)setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof(yes));
    }
    if (bind(fd, found->ai_addr, found->ai_addrlen) != 0) {
      error = errno;
      close(fd);
    }
  }
  freeaddrinfo(found);
  *out_fd = fd;
  return error == 0 ? ISERE_OK : err_of_errno(error);
}

isere_err_t isere_port_net_listen(const char *host, uint16_t port,
                                  const isere_net_handlers_t *handlers, void *arg,
                                  isere_net_listener_t **out) {
  isere_net_listener_t *listener = NULL;
  for (size_t i = 0; i < NET_LISTENERS_MAX && listener == NULL; i++) {
    if (!net.listeners[i].used) {
      listener = &net.listeners[i];
    }
  }
  if (listener == NULL) {
    return ISERE_ERR_NOMEM;
  }
  int fd;
  const isere_err_t bound = isere_net_linux_bind(host, port, net.share_port, &fd);
  if (bound != ISERE_OK) {
    return bound;
  }
  // Accepted sockets inherit it: a response is one send, so there is nothing to gather.
  const int yes = 1;
  (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
  *listener = (isere_net_listener_t){
      .watch = {.fn = listener_on_event, .fd = fd},
      .handlers = handlers,
      .arg = arg,
      .used = true,
  };
  isere_err_t err = ISERE_OK;
  if (listen(fd, SOMAXCONN) != 0) {
    err = err_of_errno(errno);
  } else {
    err = isere_events_watch(&listener->watch, EPOLLIN);
  }
  if (err != ISERE_OK) {
    close(fd);
    listener->used = false;
    return err;
  }
  *out = listener;
  return ISERE_OK;
}

uint16_t isere_net_linux_port_of(int fd) {
  union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
  } address = {0};
  socklen_t len = sizeof(address);
  if (getsockname(fd, &address.any, &len) != 0) {
    return 0;
  }
  return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
}

uint16_t isere_port_net_listener_port(const isere_net_listener_t *listener) {
  return isere_net_linux_port_of(listener->watch.fd);
}

void isere_port_net_listener_close(isere_net_listener_t *listener) {
  isere_events_unwatch(&listener->watch);
  close(listener->watch.fd);
  listener->used = false;
}

// ---- Bytes ----

int isere_port_net_recv(isere_net_conn_t *conn, void *buf, size_t len) {
  for (;;) {
    const ssize_t count = recv(conn->watch.fd, buf, len, 0);
    if (count >= 0) {
      return (int)count;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return ISERE_ERR_AGAIN;
    }
    if (errno != EINTR) {
      return ISERE_ERR_CLOSED;
    }
  }
}

int isere_port_net_send(isere_net_conn_t *conn, const isere_span_t *spans, size_t count) {
  assert(count <= NET_SPANS_MAX);
  struct iovec pieces[NET_SPANS_MAX];
  size_t total = 0;
  for (size_t i = 0; i < count; i++) {
    pieces[i] = (struct iovec){(void *)(uintptr_t)spans[i].ptr, spans[i].len};
    total += spans[i].len;
  }
  const struct msghdr message = {.msg_iov = pieces, .msg_iovlen = count};
  for (;;) {
    const ssize_t sent = count == 1 ? send(conn->watch.fd, spans[0].ptr, spans[0].len, MSG_NOSIGNAL)
                                    : sendmsg(conn->watch.fd, &message, MSG_NOSIGNAL);
    if (sent >= 0) {
      conn->wants_write = (size_t)sent < total;
      return (int)sent;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      conn->wants_write = true;
      return ISERE_ERR_AGAIN;
    }
    if (errno != EINTR) {
      return ISERE_ERR_CLOSED;
    }
  }
}

void isere_port_net_shutdown(isere_net_conn_t *conn) {
  (void)shutdown(conn->watch.fd, SHUT_WR);
}

void isere_port_net_close(isere_net_conn_t *conn) {
  conn_drop(conn);
}

void isere_port_net_abort(isere_net_conn_t *conn) {
  const struct linger reset = {.l_onoff = 1, .l_linger = 0};
  (void)setsockopt(conn->watch.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
  conn_drop(conn);
}

size_t isere_port_net_peer(const isere_net_conn_t *conn, char out[ISERE_NET_ADDRESS_CHARS_MAX],
                           uint16_t *out_port) {
  const char *text = NULL;
  if (conn->peer.any.sa_family == AF_INET) {
    text = inet_ntop(AF_INET, &conn->peer.v4.sin_addr, out, ISERE_NET_ADDRESS_CHARS_MAX);
    *out_port = ntohs(conn->peer.v4.sin_port);
  } else if (IN6_IS_ADDR_V4MAPPED(&conn->peer.v6.sin6_addr)) {
    text =
        inet_ntop(AF_INET, &conn->peer.v6.sin6_addr.s6_addr[12], out, ISERE_NET_ADDRESS_CHARS_MAX);
    *out_port = ntohs(conn->peer.v6.sin6_port);
  } else {
    text = inet_ntop(AF_INET6, &conn->peer.v6.sin6_addr, out, ISERE_NET_ADDRESS_CHARS_MAX);
    *out_port = ntohs(conn->peer.v6.sin6_port);
  }
  if (text == NULL) {
    out[0] = '\0';
  }
  return strlen(out);
}
