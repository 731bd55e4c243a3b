// SPDX-License-Identifier: Apache-2.0
// What the bench needs and a shell cannot do exactly: a free port, one request, and the time from
// exec to the first response.
#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define START_MS_MAX 20000
#define POLL_US 20
#define RESPONSE_BYTES_MAX 65536

static uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static struct sockaddr_in loopback(uint16_t port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// Returns a TCP port that nobody listens on, or 0.
static uint16_t free_port(void) {
  struct sockaddr_in address = loopback(0);
  socklen_t len = sizeof(address);
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  uint16_t port = 0;
  if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
      getsockname(fd, (struct sockaddr *)&address, &len) == 0) {
    port = ntohs(address.sin_port);
  }
  if (fd >= 0) {
    close(fd);
  }
  return port;
}

// Connects to `port`. Returns the socket, or -1 while nobody listens.
static int connect_to(uint16_t port) {
  const struct sockaddr_in address = loopback(port);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
    close(fd);
    return -1;
  }
  return fd;
}

// Sends GET / and reads until the server closes. Returns the bytes read, -1 on an error; `response`
// ends with NUL.
static ssize_t request(int fd, char *response, size_t cap) {
  static const char text[] = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  if (send(fd, text, sizeof(text) - 1, MSG_NOSIGNAL) != (ssize_t)(sizeof(text) - 1)) {
    return -1;
  }
  size_t len = 0;
  while (len < cap - 1) {
    const ssize_t got = recv(fd, response + len, cap - 1 - len, 0);
    if (got < 0) {
      return -1;
    }
    if (got == 0) {
      break;
    }
    len += (size_t)got;
  }
  response[len] = '\0';
  return (ssize_t)len;
}

static bool is_ok(const char *response) {
  return strncmp(response, "HTTP/1.1 200 ", 13) == 0;
}

// get PORT: prints the whole response.
static int command_get(uint16_t port) {
  char response[RESPONSE_BYTES_MAX];
  const int fd = connect_to(port);
  if (fd < 0) {
    return 1;
  }
  const ssize_t len = request(fd, response, sizeof(response));
  close(fd);
  if (len < 0) {
    return 1;
  }
  fwrite(response, 1, (size_t)len, stdout);
  return 0;
}

static void set_cpu(long cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET((size_t)cpu, &set);
  sched_setaffinity(0, sizeof(set), &set);
}

// In the child: becomes the server. *start_ns is the moment before exec.
static void become(char **args, uint16_t port, long cpu, uint64_t *start_ns) {
  char text[16];
  snprintf(text, sizeof(text), "%u", port);
  setenv("PORT", text, 1);
  for (char **arg = args; *arg != NULL; arg++) {
    if (strcmp(*arg, "@PORT@") == 0) {
      *arg = text;
    }
  }
  const int null = open("/dev/null", O_RDWR);
  if (null >= 0) {
    dup2(null, 0);
    dup2(null, 1);
    dup2(null, 2);
  }
  if (cpu >= 0) {
    set_cpu(cpu);
  }
  *start_ns = now_ns();
  execvp(args[0], args);
  _exit(127);
}

// Waits for the first whole response. Returns the moment it was there, 0 when it did not come or
// was not a 200.
static uint64_t first_response(uint16_t port, pid_t child) {
  const struct timespec pause = {.tv_nsec = POLL_US * 1000};
  const uint64_t end_ns = now_ns() + START_MS_MAX * 1000000ULL;
  char response[RESPONSE_BYTES_MAX];
  while (now_ns() < end_ns) {
    const int fd = connect_to(port);
    if (fd >= 0) {
      const ssize_t len = request(fd, response, sizeof(response));
      const uint64_t then_ns = now_ns();
      close(fd);
      return len > 0 && is_ok(response) ? then_ns : 0;
    }
    if (waitpid(child, NULL, WNOHANG) == child) {
      return 0;
    }
    nanosleep(&pause, NULL);
  }
  return 0;
}

// cold CPU COMMAND...: starts COMMAND on core CPU (-1: any), "@PORT@" among its arguments and $PORT
// being a free port; prints the microseconds from exec to the end of the first response, and kills
// it.
static int command_cold(long cpu, char **args) {
  uint64_t *start_ns =
      mmap(NULL, sizeof(*start_ns), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  const uint16_t port = free_port();
  if (start_ns == MAP_FAILED || port == 0) {
    perror("bench_tool");
    return 1;
  }
  const pid_t child = fork();
  if (child == 0) {
    setpgid(0, 0);
    become(args, port, cpu, start_ns);
  }
  if (child < 0) {
    perror("bench_tool: fork");
    return 1;
  }
  const uint64_t then_ns = first_response(port, child);
  kill(-child, SIGKILL);
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  if (then_ns == 0) {
    fprintf(stderr, "bench_tool: %s did not answer 200\n", args[0]);
    return 1;
  }
  printf("%llu\n", (unsigned long long)((then_ns - *start_ns) / 1000U));
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "port") == 0) {
    const uint16_t port = free_port();
    printf("%u\n", port);
    return port == 0;
  }
  if (argc == 3 && strcmp(argv[1], "get") == 0) {
    return command_get((uint16_t)strtoul(argv[2], NULL, 10));
  }
  if (argc >= 4 && strcmp(argv[1], "cold") == 0) {
    return command_cold(strtol(argv[2], NULL, 10), argv + 3);
  }
  fprintf(stderr, "usage: bench_tool port | get PORT | cold CPU COMMAND [ARG ...]\n");
  return 2;
}
