# The web app of ui/ as C++ in the server's library: built by npm where it is there (tools/embed_ui.py).
find_program(NPM npm)
set(ui ${CMAKE_SOURCE_DIR}/ui)
set(web_app_files ${CMAKE_BINARY_DIR}/generated/server/web_app_files.cc)
file(GLOB ui_configs CONFIGURE_DEPENDS LIST_DIRECTORIES false ${ui}/*)
file(GLOB_RECURSE ui_sources CONFIGURE_DEPENDS ${ui}/src/* ${ui}/public/*)
add_custom_command(OUTPUT ${web_app_files}
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/embed_ui.py ${ui} ${web_app_files} $<$<BOOL:${NPM}>:${NPM}>
  DEPENDS ${CMAKE_SOURCE_DIR}/tools/embed_ui.py ${ui_configs} ${ui_sources}
  COMMENT "Embedding the web app" COMMAND_EXPAND_LISTS)
target_sources(millrace_server PRIVATE ${web_app_files})
