import Glibc
import StaleCommands

StaleTool.begin()
exit(await StaleTool.run(RawArguments.ofProcess, in: .ofProcess))
